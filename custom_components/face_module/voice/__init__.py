"""What Assist understands, and enrolling by voice."""
