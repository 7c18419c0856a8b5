"""The C of a network, filled into templates."""
