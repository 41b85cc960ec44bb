"""Diagnostics: shapes and counters, nothing personal, nothing secret."""

from dataclasses import asdict
from typing import Any

from homeassistant.const import CONF_PORT
from homeassistant.core import HomeAssistant

from .callbacks.slots import leads_to
from .client import DEFAULT_PORT, CallbackKind, SystemConfig
from .const import CONF_CALLBACK_BASE_URL, CONF_VOICE_CHANGES, CONF_WEBHOOK_IDS
from .people.roster import DATA_ROSTER
from .people.waiting import DATA_WAITING
from .runtime import FaceModuleConfigEntry, loaded_entry

# Where the module and other systems are, and what opens our webhooks.
_PRIVATE = frozenset({"device_ip", "gateway", "netmask", "callback_urls"})
# Of all other options only numbers and switches are shown: texts may tell where Home
# Assistant is, or what cameras are called.
_CHOICES = frozenset({CONF_VOICE_CHANGES})


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: FaceModuleConfigEntry
) -> dict[str, Any]:
    """Return what helps to find a fault and may be posted in public.

    Of an entry that is not loaded: what it is set to, and why it is not.
    """
    options = {
        key: value
        for key, value in entry.options.items()
        if isinstance(value, int | float) or key in _CHOICES
    }
    shown = {
        "state": entry.state.value,
        "error": entry.error_reason_translation_key,
        "default_port": entry.data[CONF_PORT] == DEFAULT_PORT,
        "options": options,
        "own_callback_base": bool(entry.options.get(CONF_CALLBACK_BASE_URL)),
    }
    if loaded_entry(hass, entry.entry_id) is None:
        return shown | {"waiting": len(hass.data[DATA_WAITING].of(entry.entry_id))}
    return {**shown, **_module(hass, entry)}


def _module(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> dict[str, Any]:
    """Return what a loaded entry knows of its module."""
    coordinator = entry.runtime_data.coordinator
    keeper, receiver = entry.runtime_data.keeper, entry.runtime_data.receiver
    visits = entry.runtime_data.visits
    kept = visits.history.visits
    state = coordinator.data
    ids = entry.data[CONF_WEBHOOK_IDS]
    roster = hass.data[DATA_ROSTER].people.values()
    config = {
        key: value for key, value in asdict(state.config).items() if key not in _PRIVATE
    }
    return {
        "firmware": coordinator.firmware,
        "available": coordinator.last_update_success,
        "config": config,
        "enrolled_users": state.user_count,
        "temperature": state.temperature,
        "clock_drift": state.clock_drift,
        "visits": {
            "judged": dict(visits.sightings.judged),
            "judged_by_eyes": dict(visits.looks.judged),
            "kept": len(kept),
            "with_picture": sum(v.content_type is not None for v in kept),
            "late": sum(visit.late for visit in kept),
            "filled_in": entry.runtime_data.back_fill.filled,
            "people_remembered": len(visits.seen.names),
            "present": len(state.present),
            "history_written": not visits.history.failed,
            "strangers": len(entry.runtime_data.strangers.known.everybody),
        },
        "eyes": {
            "count": len(entry.runtime_data.options.eyes),
            "failing": len(entry.runtime_data.eyes.broken),
            "waiting": entry.runtime_data.eyes.waiting,
            "dropped": entry.runtime_data.eyes.dropped,
        },
        "roster": {
            "people": len(roster),
            "with_picture": sum(known.picture is not None for known in roster),
            "with_person": sum(known.person is not None for known in roster),
            "with_minimum_score": sum(k.minimum_score is not None for k in roster),
            "on_this_module": sum(entry.entry_id in k.names for k in roster),
            "half_done": entry.runtime_data.people.half_done,
            "waiting": len(hass.data[DATA_WAITING].of(entry.entry_id)),
        },
        "callbacks": {
            "addresses": len(keeper.bases),
            "proven": keeper.proven,
            "slots": {kind: _slot(state.config, kind, ids[kind]) for kind in CallbackKind},
            "received": dict(receiver.received),
            "refused": {
                f"{kind} {cause}": count
                for (kind, cause), count in receiver.refused.items()
            },
            "unread": {
                f"{kind} {field}": count for (kind, field), count in receiver.unread.items()
            },
        },
    }


def _slot(config: SystemConfig, kind: CallbackKind, webhook_id: str) -> str:
    url = config.callback_urls.get(kind)
    if not url:
        return "not reported" if url is None else "blank"
    return "ours" if leads_to(url, webhook_id) else "foreign"
