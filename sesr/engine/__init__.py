"""What runs a trained network."""
