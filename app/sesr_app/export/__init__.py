"""`sesr export`: a trained network, or a whole defence, for a processor."""
