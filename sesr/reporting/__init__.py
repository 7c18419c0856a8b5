"""How work tells where it stands, and what it found."""
