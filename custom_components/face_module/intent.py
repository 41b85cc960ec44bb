"""What Assist can be asked and told about people and modules.

Custom integrations cannot ship sentences; those in `voice/sentences/` are written into
the configuration folder when an administrator says so (voice/installing.py).
"""

from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import intent

from .voice.asked import DATA_ASKED, Asked
from .voice.changes import ConfirmEnroll, ConfirmForget, Enroll, Forget
from .voice.questions import CountPeople, LastSeen, LastVisitor, Visitors, WhoIsThere

HANDLERS: Final = (
    WhoIsThere(),
    LastVisitor(),
    Visitors(),
    LastSeen(),
    CountPeople(),
    Enroll(),
    ConfirmEnroll(),
    Forget(),
    ConfirmForget(),
)


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register all intents."""
    hass.data[DATA_ASKED] = Asked(hass)
    for handler in HANDLERS:
        intent.async_register(hass, handler)
