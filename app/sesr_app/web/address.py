"""Where the page is served, and who may come in."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from sesr.errors import UsageError


@dataclass(frozen=True, slots=True)
class Address:
    """Where a page is served.

    Attributes:
        host: address to listen on.
        port: to listen on; None for a free one from 7860.
        password: that visitors need.
        no_password: whether everybody who reaches the host may come in.
        open: whether to show the page in a browser.

    Raises:
        UsageError: others could reach the page, and no word was said of a password.

    Example:
        >>> Address().local, Address("0.0.0.0", password="fish").local
        (True, False)
    """

    host: str = "127.0.0.1"
    port: int | None = None
    password: str | None = field(default=None, repr=False)
    no_password: bool = False
    open: bool = False

    def __post_init__(self) -> None:
        """Refuse what is dangerous."""
        if self.password is not None and self.no_password:
            raise UsageError("--password and --no-password exclude each other; give one of them")
        if self.password == "":
            raise UsageError("the password is empty; give one, or --no-password")
        if not self.local and self.password is None and not self.no_password:
            raise UsageError(
                f"--host {self.host} lets other machines reach the page: give --password or "
                "SESR_WEB_PASSWORD, or --no-password if everybody may use it"
            )

    @property
    def local(self) -> bool:
        """Whether this machine only reaches it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"
