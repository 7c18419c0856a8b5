"""`sesr web`: the page in a browser that shows what the commands do."""
