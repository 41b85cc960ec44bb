"""A picture, shown to a module: whom it sees there, as a sighting."""

from datetime import timedelta
from typing import Final

from homeassistant.core import Context, HomeAssistant, callback, split_entity_id
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util

from ..client import Recognition
from ..device.coordinator import FaceModuleCoordinator
from ..errors import invalid
from ..people.faces import Faces
from ..visits.evidence import Came
from ..visits.looks import Look, Looks
from ..visits.visit import Visit

_IMAGE: Final = "image"


class Looker:
    """Has one module look at pictures."""

    def __init__(
        self,
        hass: HomeAssistant,
        coordinator: FaceModuleCoordinator,
        faces: Faces,
        looks: Looks,
    ) -> None:
        """Ask the module through `faces`; `looks` judges what it says."""
        self._hass = hass
        self._coordinator = coordinator
        self._faces = faces
        self._looks = looks

    async def async_look(
        self,
        jpeg: bytes,
        source: str,
        *,
        at: float,
        context: Context | None = None,
    ) -> Visit | None:
        """Return the sighting of whom the module knows best on a picture taken `at`.

        By the event loop's clock. None: there is no face. Raises FaceModuleError, and
        ServiceValidationError when the module was unloaded meanwhile. Identify.
        """
        try:
            best, alike = await self._faces.async_identify(jpeg)
        except ServiceValidationError:
            return None
        if not self._looks.is_started:
            # Nothing is kept of it, either: perhaps the module was removed.
            raise invalid("cannot_connect", module=self._coordinator.name)
        now, loop_now = dt_util.utcnow(), self._hass.loop.time()
        age = max(0.0, loop_now - at)
        known = best if alike else None
        recognition = Recognition(
            device_id=self._coordinator.serial,
            timestamp=int((now - timedelta(seconds=age)).timestamp()),
            score=best.score if best else 0.0,
            user_id=known.user_id if known else "",
            username=known.name if known else "",
            image=jpeg,
        )
        came = Came(recognition, now, loop_now, age)
        return self._looks.async_seen(Look(came, source, jpeg, context))


@callback
def taken_at(hass: HomeAssistant, entity_id: str) -> float:
    """Return when what an entity shows was taken, by the event loop's clock.

    A camera shows what is there now; an image entity may show what it did for hours, and
    says since when.
    """
    now, state = hass.loop.time(), hass.states.get(entity_id)
    if state is None or split_entity_id(entity_id)[0] != _IMAGE:
        return now
    if (since := dt_util.parse_datetime(state.state)) is None or since.tzinfo is None:
        return now
    return now - max(0.0, (dt_util.utcnow() - since).total_seconds())
