"""The face that was seen last."""

from typing import Final, override

from homeassistant.components.image import ImageEntity, ImageEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import FaceModuleVisitEntity
from .history import Deletion
from .models import FaceModuleConfigEntry, FaceModuleRuntime
from .visit import Visit

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
        self._show_latest()

    def _show_latest(self) -> None:
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
        if self._visit_id in deletion.visits:
            self._show_latest()
            self.async_write_ha_state()

    @override
    async def async_image(self) -> bytes | None:
        if self._visit_id is None:
            return None
        found = await self._visits.history.async_picture(self._visit_id)
        return None if found is None else found[1]
