"""The event that automations act on: somebody was seen and judged."""

from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import ATTR_USER_ID, EVENT_VISIT
from .entity import FaceModuleVisitEntity
from .gate import Verdict
from .history import Deletion
from .models import FaceModuleConfigEntry, FaceModuleRuntime
from .views import signed_picture_path
from .visit import Visit

PARALLEL_UPDATES = 0

# What is said of a visit that was deleted.
_HIDDEN: Final = dict.fromkeys((ATTR_USER_ID, "name", "person", "image", "image_url"))

RECOGNITION: Final = EventEntityDescription(key="recognition", event_types=list(Verdict))


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the recognition event of a module."""
    async_add_entities([RecognitionEvent(entry.runtime_data, RECOGNITION)])


class RecognitionEvent(FaceModuleVisitEntity, EventEntity):
    """Fires once for each visit."""

    # The address is a key to the picture. The rest is different each time and stays in
    # the history (history.py): so the database keeps the attributes of a person once.
    _unrecorded_attributes = frozenset(
        {
            "age",
            "device_time",
            "image",
            "image_url",
            "mask_score",
            "nir_liveness_score",
            "rgb_liveness_score",
            "score",
            "visit_id",
        }
    )

    def __init__(
        self, runtime: FaceModuleRuntime, description: EventEntityDescription
    ) -> None:
        """Start with what was told last."""
        super().__init__(runtime, description)
        self._visit_id: str | None = None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if (last := await self.async_get_last_event_data()) is not None:
            attributes = last.last_event_attributes or {}
            self._visit_id = attributes.get("visit_id")
            if self._visit_id and self._visits.history.get(self._visit_id) is None:
                self._attr_extra_state_attributes = _HIDDEN

    @override
    @callback
    def _deleted(self, deletion: Deletion) -> None:
        # What an event said last cannot be taken back, but covered.
        if deletion.by_user and self._visit_id in deletion.visits:
            self._attr_extra_state_attributes = _HIDDEN
            self.async_write_ha_state()

    @override
    @callback
    def _visited(self, visit: Visit) -> None:
        image_url = signed_picture_path(self.hass, visit)
        attributes = {**visit.as_attributes(), "image_url": image_url}
        self._visit_id = visit.visit_id
        self._attr_extra_state_attributes = {}
        self._trigger_event(visit.verdict, attributes)
        self.async_write_ha_state()
        # The logbook (logbook.py) has no other way to say it in words. Nothing but what is
        # the same each time: so the database keeps it once.
        self.hass.bus.async_fire(
            EVENT_VISIT,
            {
                "entity_id": self.entity_id,
                "type": visit.verdict,
                "reason": visit.reason,
                ATTR_USER_ID: visit.user_id or None,
                "name": visit.name or None,
            },
            context=self._context,
        )
