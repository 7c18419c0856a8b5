"""Evaluating a defense so that the result can be believed."""
