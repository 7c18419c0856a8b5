"""How image files are built: directories, chunks, blocks and segments, without their pixels."""
