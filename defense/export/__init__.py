"""The whole defence on a micro-NPU: super resolution and a classifier behind it.

deploy       compiles everything and compares
npu_part     one network of the defence, in the tiles that fit
classifier   classifiers that take the super-resolved image as it is
compared     the networks that an exported one is compared with
host_stages  what stays work of the CPU
comparison   the table
bundle       the folder, and `verify`, which checks it again
"""
