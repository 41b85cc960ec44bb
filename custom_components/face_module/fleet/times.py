"""Times that somebody gives."""

from datetime import datetime
from typing import Final

from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..people.rule import instant


def _instant(value: datetime) -> datetime:
    """Return a time in UTC: only there what is later is always greater."""
    if value.tzinfo is None:
        value = value.replace(tzinfo=dt_util.get_default_time_zone())
    return instant(value)


# A time without an offset is Home Assistant's; of one that is there twice, when summer time
# ends, the first.
INSTANT: Final = vol.All(cv.datetime, _instant)
