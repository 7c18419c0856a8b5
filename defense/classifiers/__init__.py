"""Classifiers: loading them, and what the defence asks of them."""
