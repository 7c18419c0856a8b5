#!/bin/sh
# Make an environment of its own in .venv-test, then run every check of the project in it.
set -eu
cd "$(dirname "$0")/.."
python3 -m venv .venv-test
.venv-test/bin/python -m pip install --quiet --editable ".[test]"
exec .venv-test/bin/python tests/checks.py "$@"
