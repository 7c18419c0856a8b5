#!/bin/sh
# Make an environment of its own in .venv-test, then run every check of the project in it.
set -eu
cd "$(dirname "$0")/.."
python3 -m venv .venv-test
.venv-test/bin/python -m pip install --quiet --editable ".[test]"
.venv-test/bin/ruff check --quiet .
.venv-test/bin/ruff format --quiet --check .
.venv-test/bin/mypy
exec .venv-test/bin/python -m pytest
