"""What every training run shares: checkpoints, log and data ahead of time."""
