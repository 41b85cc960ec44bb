"""What is told of somebody's access rule: in words, and whether they may enter now."""

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType

from ..people.rule import AccessRule
from ..people.rule_words import async_rule_text
from .admission import judge_now


async def async_allowed(
    hass: HomeAssistant,
    rule: AccessRule,
    *,
    door: str | None = None,
    language: str | None = None,
) -> JsonObjectType:
    """Return mode and words of a rule, and whether it lets somebody in now, else why not.

    `door` is the serial number of a module, None: any that is theirs.
    """
    denial = judge_now(hass, rule, moment=dt_util.utcnow(), door=door)
    return {
        "mode": rule.mode.value,
        "text": await async_rule_text(hass, rule, language),
        "may_enter": denial is None,
        "why": None if denial is None else denial.value,
    }
