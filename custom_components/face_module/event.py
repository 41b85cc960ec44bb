"""The event that automations act on: somebody was seen and judged."""

from typing import Final, override

from homeassistant.components.event import (
    ATTR_EVENT_TYPE,
    EventEntity,
    EventEntityDescription,
    EventExtraStoredData,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import KEY_RECOGNITION
from .entity import FaceModuleVisitEntity
from .pictures.views import signed_picture_path
from .runtime import FaceModuleConfigEntry
from .visits.gate import Verdict
from .visits.history import Deletion
from .visits.visit import Visit

PARALLEL_UPDATES = 0

ATTR_IMAGE_URL: Final = "image_url"

RECOGNITION: Final = EventEntityDescription(key=KEY_RECOGNITION, event_types=list(Verdict))


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the recognition event of a module."""
    async_add_entities([RecognitionEvent(entry.runtime_data, RECOGNITION)])


class RecognitionEvent(FaceModuleVisitEntity, EventEntity):
    """Fires once for each visit.

    It is unknown until somebody comes: what is restored would be a change of a state that
    says `recognized`, and open doors. Who came last is what the sensors tell.
    """

    # The address is a key to the picture. The rest is different each time and stays in
    # the history (visits/history.py): the database keeps a person's attributes once.
    _unrecorded_attributes = frozenset(
        {
            "age",
            "device_time",
            "first_seen",
            "image",
            ATTR_IMAGE_URL,
            "mask_score",
            "nir_liveness_score",
            "rgb_liveness_score",
            "score",
            "stranger_id",
            "times_seen",
            "visit_id",
        }
    )

    _visit: Visit | None = None

    @override
    async def async_get_last_event_data(self) -> None:
        """Restore nothing."""

    @property
    @override
    def extra_restore_state_data(self) -> EventExtraStoredData:
        """Keep nothing."""
        return EventExtraStoredData(None, None)

    @override
    @callback
    def _deleted(self, deletion: Deletion) -> None:
        """Cover a visit that the user deleted: what was told cannot be taken back.

        The time stays, so that nothing that waits for an event takes this for one, and
        the type goes, so that nothing that asks for `recognized` does.
        """
        shown = self._visit
        if shown is None or not deletion.by_user:
            return
        if shown.visit_id in deletion.visits or shown.user_id in deletion.user_ids:
            self._visit = None
            self._attr_extra_state_attributes = dict.fromkeys(
                (ATTR_EVENT_TYPE, *shown.as_attributes(), ATTR_IMAGE_URL)
            )
            self.async_write_ha_state()

    @override
    @callback
    def _visited(self, visit: Visit) -> None:
        image_url = signed_picture_path(self.hass, visit)
        attributes = {**visit.as_attributes(), ATTR_IMAGE_URL: image_url}
        self._visit = visit
        self._attr_extra_state_attributes = {}
        self._trigger_event(visit.verdict, attributes)
        self.async_write_ha_state()
