"""`sesr train`: a network from folders of photographs."""
