"""`sesr manifest`: what became of the images of a job, and whether its results are still there."""
