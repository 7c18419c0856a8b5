"""A network as a list of operations, and how they are computed where it is deployed."""
