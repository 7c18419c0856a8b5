"""`sesr classify`: classifiers, from folders of images."""
