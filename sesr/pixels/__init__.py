"""Images as arrays: colour spaces, luma, transparency, resizing and tiles."""
