"""Raising and clearing what the repairs dashboard shows of an entry."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import (
    DOMAIN,
    ISSUE_ADDRESS_NOT_KEPT,
    ISSUE_CALLBACK_TAKEN,
    ISSUE_CALLBACKS_NOT_UNDERSTOOD,
    ISSUE_CALLBACKS_UNREACHABLE,
    ISSUE_EYE_FAILS,
    ISSUE_FACTORY_PASSWORD,
    ISSUE_HTTPS_ONLY,
    ISSUE_LOST_AFTER_RESTORE,
    ISSUE_OTHER_MODULE,
    ISSUE_PERSON_NOT_RESTORED,
)

# What is found out anew whenever the entry is set up.
_OF_THE_MOMENT = (
    ISSUE_ADDRESS_NOT_KEPT,
    ISSUE_CALLBACK_TAKEN,
    ISSUE_CALLBACKS_NOT_UNDERSTOOD,
    ISSUE_CALLBACKS_UNREACHABLE,
    ISSUE_EYE_FAILS,
    ISSUE_HTTPS_ONLY,
    ISSUE_OTHER_MODULE,
)
_ALL = (
    *_OF_THE_MOMENT,
    ISSUE_FACTORY_PASSWORD,
    ISSUE_LOST_AFTER_RESTORE,
    ISSUE_PERSON_NOT_RESTORED,
)


@callback
def async_raise(
    hass: HomeAssistant,
    entry: ConfigEntry,
    key: str,
    *,
    fixable: bool = False,
    error: bool = False,
    **placeholders: str,
) -> None:
    """Show an issue of this entry, or update its placeholders."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{key}_{entry.entry_id}",
        data={"entry_id": entry.entry_id},
        is_fixable=fixable,
        severity=ir.IssueSeverity.ERROR if error else ir.IssueSeverity.WARNING,
        translation_key=key,
        translation_placeholders={"module": entry.title, **placeholders},
    )


@callback
def async_clear(hass: HomeAssistant, entry: ConfigEntry, key: str) -> None:
    """Remove an issue of this entry, if it is shown."""
    ir.async_delete_issue(hass, DOMAIN, f"{key}_{entry.entry_id}")


@callback
def async_clear_momentary(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove what the next set-up would find again.

    Not what the user ignored: deleting an issue forgets that.
    """
    registry = ir.async_get(hass)
    for key in _OF_THE_MOMENT:
        issue = registry.async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")
        if issue is not None and issue.dismissed_version is None:
            async_clear(hass, entry, key)


@callback
def async_clear_all(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Remove everything, with the entry."""
    for key in _ALL:
        async_clear(hass, entry, key)
