"""Networks for Arm's Ethos-U.

target   the NPUs, and what Vela is told about each
vela     Arm's compiler
tiles    the size that a network is compiled for
deploy   a network in the fastest of its lowerings
quality  what it loses to int8
bundle   the folder that an embedded engineer flashes, with `c_source`
"""
