"""The tabs of the page, one a file: what is on them, and what happens when it is touched."""
