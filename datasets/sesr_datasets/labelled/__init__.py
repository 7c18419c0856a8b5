"""Labelled images, for classifiers: from folders and from tensorflow-datasets."""
