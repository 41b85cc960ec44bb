"""A face recognition module without the hardware.

`SimulatedModule` speaks the module's HTTP API as its document describes it, on
a real socket. Tests steer it from Python, people by the control interface and
`python -m simulator`.
"""

from .control import Control
from .module import SimulatedModule
from .portraits import blank, portrait, scenery
from .quirks import PROFILES, Faults, ProfileName, Quirks
from .state import Callback, Config, Record, Request, Status, User

__all__ = [
    "PROFILES",
    "Callback",
    "Config",
    "Control",
    "Faults",
    "ProfileName",
    "Quirks",
    "Record",
    "Request",
    "SimulatedModule",
    "Status",
    "User",
    "blank",
    "portrait",
    "scenery",
]
