"""`sesr evaluate`."""
