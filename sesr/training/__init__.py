"""Training of networks. Needs Keras on TensorFlow or JAX."""
