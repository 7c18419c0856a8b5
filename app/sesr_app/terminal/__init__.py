"""The person at the terminal: progress, silence, and missing packages."""
