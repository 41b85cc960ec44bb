"""The options of a module: typed, with their defaults, made once for each set-up."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple, Self

from homeassistant.config_entries import ConfigEntry

from .const import CONF_EYES, CONF_VOICE_CHANGES


class VoiceChanges(StrEnum):
    """Whether people are enrolled and deleted by whoever speaks to a satellite.

    `recognized`: while an administrator stands before a module in the satellite's area.
    """

    OFF = "off"
    ON = "on"
    RECOGNIZED = "recognized"


class Eye(NamedTuple):
    """A camera or image entity whose pictures the module looks at.

    When `trigger` says so: `pictures` of them with a `pause` (s) between, and not again
    within the `cool_down` (s). Without one an image entity says it of itself.
    """

    entity_id: str
    trigger: str | None = None
    pictures: int = 1
    pause: float = 1
    cool_down: float = 10


class Options(NamedTuple):
    """What the user decided (Configure > Settings).

    Scores and thresholds are %, times seconds unless the name says days. A field is
    called as in the entry.
    """

    callback_base_url: str = ""
    heartbeat_interval: int = 10
    score_interval: float = 5
    mask_threshold: float = 50
    keep_clock_set: bool = True
    max_age: float = 10
    minimum_score: float = 0
    minimum_score_eyes: float = 90
    minimum_liveness: float = 0
    require_liveness: bool = False
    confirmations: int = 1
    confirmation_window: float = 10
    visit_window: float = 10
    presence_timeout: float = 30
    history_size: int = 200
    history_days: float = 7
    book_days: int = 90
    remember_strangers: bool = True
    enrollment_camera: str | None = None
    voice_changes: str = VoiceChanges.OFF
    publish_mqtt: bool = False
    publish_pictures: bool = False
    eyes: tuple[Eye, ...] = ()

    @classmethod
    def from_entry(cls, entry: ConfigEntry) -> Self:
        """Read the options of an entry; the forms checked them (flows/forms.py)."""
        options = entry.options
        known = {key: options[key] for key in cls._fields if key in options}
        known[CONF_EYES] = tuple(Eye(**eye) for eye in options.get(CONF_EYES, ()))
        return cls(**known)

    def as_dict(self) -> dict[str, Any]:
        """Return every option, as the entry keeps them."""
        return self._asdict() | {CONF_EYES: [eye._asdict() for eye in self.eyes]}


def migrated_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of an entry of version 1.1 as this release keeps them."""
    migrated = {**options}
    if isinstance(on := options.get(CONF_VOICE_CHANGES), bool):
        migrated[CONF_VOICE_CHANGES] = VoiceChanges.ON if on else VoiceChanges.OFF
    return migrated
