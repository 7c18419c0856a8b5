"""`sesr bench`: contenders behind one interface, each measured in a process of its own."""
