"""Steps and forms of the config and options flows."""
