"""`sesr robustness`."""
