"""What stands before a classifier: one class a file."""
