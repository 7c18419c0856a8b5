"""The frames of a video: their planes, their form, and how each is enlarged."""
