"""The network: blocks, assembly, collapse, files. Needs Keras."""
