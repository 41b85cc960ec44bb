"""From a recognition to a visit that is told and remembered."""
