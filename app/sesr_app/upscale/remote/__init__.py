"""`sesr upscale` of what lies on stores: listed, copied here in chunks, enlarged, copied back."""
