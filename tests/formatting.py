"""Bring the code into the project's form: what ruff can mend, then the format.

python tests/formatting.py [FILE...]
"""

from __future__ import annotations

import sys

from checks import run


def main() -> int:
    """Mend and format the files, or everything."""
    files = sys.argv[1:] or ["."]
    mended = run(["ruff", "check", "--quiet", "--fix", *files])
    return run(["ruff", "format", "--quiet", *files]) or mended


if __name__ == "__main__":
    sys.exit(main())
