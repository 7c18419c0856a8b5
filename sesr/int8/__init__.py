"""From float32 to int8: ranges, rounding, conversion, and the reference arithmetic."""
