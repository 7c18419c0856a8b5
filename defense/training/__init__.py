"""Training of the super resolution network of a defense, for the classifier behind it."""
