"""Where the firmware may differ from its document, and ways to fail on purpose."""

from .faults import FAULT_NAMES, FaultName, Faults
from .switches import PROFILES, ProfileName, Quirks

__all__ = ["FAULT_NAMES", "PROFILES", "FaultName", "Faults", "ProfileName", "Quirks"]
