"""One image format a file: from enlarged bands to its bytes."""
