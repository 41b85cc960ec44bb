"""Who is who: enrolling, the roster, and nobody lost."""
