"""Which module is meant, asked back: the name alone that is said next answers it.

Home Assistant's own agent closes every conversation after its answer and cannot be told
otherwise. So for a minute the names of the modules are sentences of their own, in front of
all agents, as those of automations are.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
import re
from typing import Any, Final

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers import intent
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.script import ScriptRunResult
from homeassistant.helpers.trigger import async_initialize_triggers
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, LOGGER
from ..runtime import FaceModuleConfigEntry
from .modules import area_name_of, name_of

_ANSWER_WITHIN: Final = 60.0
_CONVERSATION: Final = "conversation"
# What sentences of Home Assistant are made with.
_SYNTAX: Final = re.compile(r"([()\[\]{}<>|;\\])")

# What ends the listening for an answer; only the last question can be answered.
DATA_LISTENING: HassKey[CALLBACK_TYPE] = HassKey(f"{DOMAIN}.listening")


async def async_listen_for_module(
    intent_obj: intent.Intent,
    entries: list[FaceModuleConfigEntry],
    slots: Mapping[str, str],
) -> None:
    """Do what was wanted with the module whose name is said within a minute.

    Whoever answers is who wants it: what they may not is refused. Models, which have no
    words, ask again by themselves.
    """
    hass = intent_obj.hass
    if intent_obj.text_input is None or _CONVERSATION not in hass.config.components:
        return
    async_stop_listening(hass)
    ends: list[CALLBACK_TYPE] = []

    @callback
    def stop(_now: datetime | None = None) -> None:
        if hass.data.get(DATA_LISTENING) is stop:
            del hass.data[DATA_LISTENING]
        while ends:
            ends.pop()()

    hass.data[DATA_LISTENING] = stop
    ends.append(async_call_later(hass, _ANSWER_WITHIN, stop))
    for entry in entries:
        module = name_of(hass, entry)
        unsubscribe = await async_initialize_triggers(
            hass,
            [{"platform": _CONVERSATION, "command": _sentences(hass, entry)}],
            partial(_async_go_on, intent_obj, {**slots, "module": module}),
            DOMAIN,
            module,
            LOGGER.log,
        )
        if unsubscribe is not None:
            ends.append(unsubscribe)


@callback
def async_stop_listening(hass: HomeAssistant) -> None:
    """Let names be what they were before."""
    if stop := hass.data.get(DATA_LISTENING):
        stop()


async def _async_go_on(
    asked: intent.Intent,
    slots: Mapping[str, str],
    variables: Mapping[str, Any],
    context: Context | None = None,
) -> ScriptRunResult:
    """Do what was wanted, now that the module is known."""
    hass, answer = asked.hass, variables["trigger"]
    async_stop_listening(hass)
    response = await intent.async_handle(
        hass,
        DOMAIN,
        asked.intent_type,
        {key: {"value": value} for key, value in slots.items()},
        answer["sentence"],
        Context(user_id=answer["user_input"]["context"]["user_id"]),
        answer["user_input"]["language"],
        asked.assistant,
        answer["device_id"],
        answer["satellite_id"],
        asked.conversation_agent_id,
    )
    return ScriptRunResult(response.speech["plain"]["speech"], None, {})


def _sentences(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> list[str]:
    """Return what somebody says who means a module, in both languages."""
    names = {name_of(hass, entry), area_name_of(hass, entry)} - {""}
    bare = [_SYNTAX.sub(r"\\\1", name) for name in sorted(names)]
    return [
        sentence
        for name in bare
        for sentence in (
            f"[(at|on|by|for|I mean)] [(the|my)] {name} [please]",
            f"[在|是|用|请用]{name}[的|那个|吧]",
        )
    ]
