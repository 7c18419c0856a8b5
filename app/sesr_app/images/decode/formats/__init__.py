"""One image format a file: from its bytes to an open picture."""
