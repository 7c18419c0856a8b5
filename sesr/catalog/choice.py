"""Which network is taken where nobody names one, and the two ends of quality against time.

`sesr bench --family` measures what stands behind these choices.
"""

from __future__ import annotations

from typing import NamedTuple


class Choice(NamedTuple):
    """A network and how it is run.

    Attributes:
        model: as for `sesr.Upscaler`.
        precision: as for `sesr.Upscaler`.
        needed: whether int8 must be there; if not, what has none of it is run in float32.
    """

    model: str
    precision: str
    needed: bool = True

    @property
    def title(self) -> str:
        """For people.

        Example:
            >>> Choice("M5", "auto").title, Choice("M11", "int8").title
            ('M5', 'M11 in int8')
        """
        return self.model if self.precision == "auto" else f"{self.model} in {self.precision}"


DEFAULT_CHOICE = Choice("M5", "auto", needed=False)
FAST_CHOICE = Choice("M5", "int8", needed=False)
BEST_CHOICE = Choice("XL", "float32")
