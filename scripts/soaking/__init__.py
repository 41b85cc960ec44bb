"""A day at five doors: scripts/soak runs it."""

import sys

from hass_api import REPOSITORY

# The simulator is not installed anywhere.
sys.path.insert(0, str(REPOSITORY))
