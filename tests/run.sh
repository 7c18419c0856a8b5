#!/bin/sh
# Make an environment of its own in .venv-test, then run every check of the project in it.
set -eu
cd "$(dirname "$0")/.."
python3 -m venv .venv-test
.venv-test/bin/python -m pip install --quiet --editable ".[test]"
# The tests of the page need a browser; without one they are skipped.
if [ "$(id -u)" = 0 ] && [ -f /etc/debian_version ] && ! command -v chromium > /dev/null; then
    { apt-get update && apt-get install --yes --no-install-recommends chromium; } > /dev/null 2>&1 \
        < /dev/null || echo "no Chromium could be installed: tests in a browser are skipped"
fi
exec .venv-test/bin/python tests/checks.py "$@"
