"""`sesr upscale`: from the words of a command line to enlarged files."""
