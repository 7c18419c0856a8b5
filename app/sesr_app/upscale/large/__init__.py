"""`sesr upscale` of an image larger than the memory: parts, which survive a kill, and one file."""
