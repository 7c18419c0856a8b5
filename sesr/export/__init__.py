"""Export of trained networks to micro-NPUs, phones and other processors.

source    what an export starts from: a trained model
npu       a network for Arm's Ethos-U: compiled, measured, written as a folder to flash
cpu       plain files: LiteRT in three precisions, and ONNX
targets   the names of everything that an export can be for
folder    folders that appear complete or not at all
micro_interpreter  a network in TensorFlow Lite Micro, where that is installed
verify    an exported folder, checked again

Needs the extra `export`.
"""
