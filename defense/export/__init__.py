"""The whole defence on a micro-NPU."""
