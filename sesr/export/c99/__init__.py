"""Networks for boards without an NPU: portable C99, equal to the int8 network bit for bit.

integers         an int8 LiteRT file as operations on integers, with `fixed_point`
arena            where rows of feature maps lie, and when each is computed
network_source   the C of a network, filled into `templates`
"""
