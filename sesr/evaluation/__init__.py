"""Measuring networks by the protocol of the literature."""
