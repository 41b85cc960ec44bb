"""What the cards ask for."""
