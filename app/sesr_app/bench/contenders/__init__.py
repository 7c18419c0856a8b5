"""Everything that `sesr bench` measures, one a file."""
