"""Pictures on their way to an enrollment: shown and judged before anybody is enrolled.

In memory only, by an id that nobody can guess, for ten minutes.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
import secrets
from typing import Final

from aiohttp import BodyPartReader, web
from homeassistant.components.http.decorators import require_admin
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..errors import invalid
from ..texts import error_text
from .prepare import MAX_BYTES, PictureProblem, PreparedPicture
from .sources import async_prepared

# A picture as the module takes it has at most a few 100 KB.
MAX_PICTURES: Final = 20
KEPT_FOR: Final = 600.0
_URL: Final = f"/api/{DOMAIN}/pictures"
_FIELD: Final = "file"


class Uploads:
    """The pictures, the oldest first: it goes when there are too many."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Keep nothing yet."""
        self._hass = hass
        self._pictures: dict[str, tuple[bytes, CALLBACK_TYPE]] = {}

    @callback
    def async_put(self, jpeg: bytes) -> str:
        """Keep a prepared picture for ten minutes; returns its id."""
        while len(self._pictures) >= MAX_PICTURES:
            self.drop(next(iter(self._pictures)))
        picture_id = secrets.token_urlsafe(24)

        @callback
        def expire(_now: object) -> None:
            self._pictures.pop(picture_id, None)

        job = HassJob(expire, cancel_on_shutdown=True)
        undo = async_call_later(self._hass, KEPT_FOR, job)
        self._pictures[picture_id] = (jpeg, undo)
        return picture_id

    def get(self, picture_id: str) -> bytes:
        """Return a picture; raises ServiceValidationError when it is not there any more."""
        if (found := self._pictures.get(picture_id)) is None:
            raise invalid("no_such_picture")
        return found[0]

    @callback
    def drop(self, picture_id: str) -> None:
        """Forget a picture, if it is there."""
        if (found := self._pictures.pop(picture_id, None)) is not None:
            found[1]()


DATA_UPLOADS: HassKey[Uploads] = HassKey(f"{DOMAIN}.uploads")


def answer(hass: HomeAssistant, picture: PreparedPicture) -> dict[str, str | int]:
    """Keep a picture; return what the browser is told of it."""
    return {
        "picture_id": hass.data[DATA_UPLOADS].async_put(picture.jpeg),
        "width": picture.width,
        "height": picture.height,
    }


class UploadView(HomeAssistantView):
    """Takes a picture: the body itself, or the field `file` of a form."""

    url = _URL
    name = f"api:{DOMAIN}:pictures"
    requires_auth = True

    @require_admin
    async def post(self, request: web.Request) -> web.Response:
        """Answer with the id and the size, 400 or 413 with what is wrong with it."""
        hass = request.app[KEY_HASS]
        try:
            picture = await async_prepared(hass, await _async_body(request))
        except HomeAssistantError as err:
            status = HTTPStatus.BAD_REQUEST
            if err.translation_key == PictureProblem.TOO_LARGE:
                status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            told = {"error": error_text(hass, err), "key": err.translation_key}
            return self.json(told, status)
        return self.json(answer(hass, picture))


class UploadedPictureView(HomeAssistantView):
    """Shows a picture that was taken, as the module will get it."""

    url = f"{_URL}/{{picture_id}}"
    name = f"api:{DOMAIN}:picture"
    requires_auth = True

    @require_admin
    async def get(self, request: web.Request, picture_id: str) -> web.Response:
        """Answer with the picture, 404 when it is not there any more."""
        try:
            jpeg = request.app[KEY_HASS].data[DATA_UPLOADS].get(picture_id)
        except HomeAssistantError:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return web.Response(
            body=jpeg,
            content_type="image/jpeg",
            headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        )


async def _async_body(request: web.Request) -> bytes:
    """Read the picture, never more than the limit; raises ServiceValidationError."""
    if (request.content_length or 0) > MAX_BYTES + 65_536:
        raise invalid(PictureProblem.TOO_LARGE)
    if not request.content_type.startswith("multipart/"):
        return await _async_read(request.content.readany)
    # Whatever is wrong with the form: there is no picture in it.
    with suppress(ValueError, AssertionError):
        async for part in await request.multipart():
            if isinstance(part, BodyPartReader) and part.name == _FIELD:
                return await _async_read(part.read_chunk)
    raise invalid(PictureProblem.EMPTY)


async def _async_read(more: Callable[[], Awaitable[bytes]]) -> bytes:
    """Read until nothing comes; raises ServiceValidationError beyond the limit."""
    chunks: list[bytes] = []
    size = 0
    while chunk := await more():
        chunks.append(chunk)
        if (size := size + len(chunk)) > MAX_BYTES:
            raise invalid(PictureProblem.TOO_LARGE)
    return b"".join(chunks)
