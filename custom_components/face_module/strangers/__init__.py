"""Who nobody knows, and whether they were here before."""
