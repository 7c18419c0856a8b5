"""Which networks there are: their sizes as data, model cards, and what is shipped."""
