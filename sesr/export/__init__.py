"""Export of trained networks to micro-NPUs and phones. Needs the extra `export`.

plain         the network as arrays, free of Keras
lowering      which operators compute it on the target
quantization  ranges of activations, found on photographs or taken from training
convert       int8 LiteRT files
target, vela  the NPU and its compiler
bundle        a folder that an embedded engineer can flash, and its check
"""
