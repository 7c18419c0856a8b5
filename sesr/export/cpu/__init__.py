"""Plain files for phones and other processors."""
