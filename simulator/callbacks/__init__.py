"""What the module posts, asked for or on its own."""
