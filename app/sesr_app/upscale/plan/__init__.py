"""What is settled before any work: which images, how large, and where their results go."""
