"""`sesr export`."""
