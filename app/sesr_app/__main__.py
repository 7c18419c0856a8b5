"""`python -m sesr_app` is `sesr`."""

from sesr_app.main import run_process

run_process()
