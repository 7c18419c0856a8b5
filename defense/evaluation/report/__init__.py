"""What an evaluation found: text, figures and red flags."""
