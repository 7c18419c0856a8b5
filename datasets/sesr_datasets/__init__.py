"""Images for training and evaluation, from folders and from tensorflow-datasets."""
