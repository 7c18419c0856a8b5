"""The command line, `sesr`."""
