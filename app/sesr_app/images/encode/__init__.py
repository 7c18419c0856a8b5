"""From pixels to an image file."""
