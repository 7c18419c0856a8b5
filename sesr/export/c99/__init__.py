"""Networks for boards without an NPU: portable C99, equal to the int8 network bit for bit.

integers         an int8 LiteRT file as operations on integers, with `fixed_point`
winograd         convolutions with few multiplications; `choose` says where they are worth it
arena            where rows of feature maps lie, and when each is computed
source           the C of a network, filled into its templates
core             the boards
deploy           from a trained network to its C
bundle           the folder that the engineer of a board compiles
host, board      the C compiled and run, on this computer and on an emulated board
"""
