"""Many people, many modules."""
