"""`sesr train`."""
