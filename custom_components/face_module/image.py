"""The face that was seen last."""

from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import FaceModuleVisitEntity
from .permissions import may_read, requesting_user
from .runtime import FaceModuleConfigEntry, FaceModuleRuntime
from .visits.history import Deletion
from .visits.visit import Visit

PARALLEL_UPDATES = 0

LAST_FACE: Final = ImageEntityDescription(key="last_face")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the last face of a module."""
    async_add_entities([LastFaceImage(hass, entry.runtime_data, LAST_FACE)])


class LastFaceImage(FaceModuleVisitEntity, ImageEntity):
    """The crop of the latest visit that came with one; it survives a restart."""

    def __init__(
        self,
        hass: HomeAssistant,
        runtime: FaceModuleRuntime,
        description: ImageEntityDescription,
    ) -> None:
        """Start with the latest picture of the history."""
        super().__init__(runtime, description)
        ImageEntity.__init__(self, hass)
        self._visit_id: str | None = None
        visits = self._visits.history.visits
        self._show(next((visit for visit in visits if visit.content_type), None))

    def _show(self, visit: Visit | None) -> None:
        self._visit_id = None if visit is None else visit.visit_id
        self._attr_image_last_updated = None if visit is None else visit.last_seen
        if visit is not None and visit.content_type is not None:
            self._attr_content_type = visit.content_type

    @override
    @callback
    def _visited(self, visit: Visit) -> None:
        if visit.content_type is not None:
            self._show(visit)
            self.async_write_ha_state()

    @override
    @callback
    def _deleted(self, deletion: Deletion) -> None:
        # Not the one before: a picture that takes its place would look like a visit.
        if self._visit_id in deletion.visits:
            self._show(None)
            self.async_write_ha_state()

    @override
    async def async_image(self) -> bytes | None:
        # Home Assistant's view shows it to whoever is logged in.
        if self._visit_id is None or not may_read(requesting_user(), self.entity_id):
            return None
        found = await self._visits.history.async_picture(self._visit_id)
        return None if found is None else found[1]
