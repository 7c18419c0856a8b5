"""Training of classifiers: batches of changed images, the step, and what a run leaves."""
