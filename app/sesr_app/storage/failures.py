"""What goes wrong between this machine and a store, as one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sesr.errors import ImageError, MissingExtraError, SesrError, UsageError, first_line

_CREDENTIALS = ("NoCredentials", "PartialCredentials", "DefaultCredentials", "Authentication",
                "TokenRetrieval", "ProfileNotFound", "SSOTokenLoad")  # fmt: skip
"""How the libraries' exceptions begin that mean that nobody said who is asking."""

_WRONG_CREDENTIALS = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "Access Key Id", "signature")
"""What stores say of a key that they do not know."""


@contextmanager
def explaining(url: str, doing: str) -> Iterator[None]:
    """Turn what a file system raises into an error of this project.

    Args:
        url: what is read or written, without secrets.
        doing: "read", "listed" or "written".

    Raises:
        ImageError: it cannot be.
        UsageError: the bucket is missing, or nobody said who is asking.

    Example:
        >>> with explaining("s3://photos/a.png", "read"):
        ...     raise PermissionError("Access Denied")
        Traceback (most recent call last):
        ...
        sesr.errors.ImageError: s3://photos/a.png: may not be read with these credentials ...
    """
    try:
        yield
    except SesrError:
        raise
    except Exception as error:
        raise explained(error, url, doing) from error


def explained(error: Exception, url: str, doing: str) -> SesrError:
    """The same for an error at hand."""
    kind, says = type(error).__name__, first_line(error)
    if kind.startswith(_CREDENTIALS):
        return UsageError(
            f"{url}: there are no credentials for it ({says}); set those that its service reads, "
            "such as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile"
        )
    if any(hint in says for hint in _WRONG_CREDENTIALS):
        return UsageError(f"{url}: its service does not know these credentials ({says}); "
                          "check the key and its secret")  # fmt: skip
    if isinstance(error, PermissionError):
        return ImageError(f"{url}: may not be {doing} with these credentials ({says}); give them "
                          "the right to list, read and write there")  # fmt: skip
    if isinstance(error, FileNotFoundError):
        return _missing(url, says)
    if isinstance(error, ImportError):
        return _not_installed(error, url)
    if isinstance(error, OSError) or "Connection" in kind or "Timeout" in kind:
        return ImageError(f"{url}: cannot be {doing} ({says}); check the address and the network")
    return ImageError(f"{url}: cannot be {doing} ({kind}: {says})")


def _missing(url: str, says: str) -> SesrError:
    if "bucket" in says.lower():
        bucket = "/".join(url.split("/")[:3])
        return UsageError(f"{bucket}: there is no such bucket; make it first, or check its name "
                          "and the address of the service")  # fmt: skip
    return ImageError(f"{url}: there is no such file or folder; check its name")


def _not_installed(error: ImportError, url: str) -> SesrError:
    """Every kind of store has a package of its own."""
    protocol = url.partition("://")[0]
    if protocol in ("s3", "s3a") or "://" not in url:
        return MissingExtraError(url, "cloud")
    cause = error.__cause__ if isinstance(error.__cause__, ImportError) else error
    package = (cause.name or f"the package for {protocol}").partition(".")[0]
    return UsageError(f"{url}: needs a package that is not installed; run: pip install {package}")
