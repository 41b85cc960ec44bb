"""The truth about one module: its state, its clock, its outages."""
