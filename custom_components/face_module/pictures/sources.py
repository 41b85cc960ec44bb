"""Where an action's picture comes from: media, a camera or image entity, or a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..errors import invalid
from ..permissions import check_may_read
from .prepare import MAX_BYTES, PictureError, PictureProblem, PreparedPicture, prepare

ATTR_IMAGE: Final = "image"
ATTR_PATH: Final = "path"
_MEDIA: Final = vol.Schema(
    {vol.Required("media_content_id"): cv.string}, extra=vol.ALLOW_EXTRA
)
_SCHEME: Final = "media-source://"
_PICTURED: Final = ("camera", "image")


def entity_of(data: Mapping[str, Any], suffix: str = "") -> str | None:
    """Return the camera or image entity that an action's fields name, None for none."""
    if (entity_id := data.get(f"{ATTR_ENTITY_ID}{suffix}")) is not None:
        return str(entity_id)
    media_id: str = (data.get(f"{ATTR_IMAGE}{suffix}") or {}).get("media_content_id", "")
    for domain in _PICTURED:
        if media_id.startswith(prefix := f"{_SCHEME}{domain}/"):
            return media_id.removeprefix(prefix)
    return None


def picture_fields(suffix: str = "") -> Mapping[vol.Marker, Any]:
    """Return the fields of an action that name a picture; exactly one may be given."""
    return {
        vol.Optional(f"{ATTR_IMAGE}{suffix}"): _MEDIA,
        vol.Optional(f"{ATTR_ENTITY_ID}{suffix}"): cv.entity_domain(list(_PICTURED)),
        vol.Optional(f"{ATTR_PATH}{suffix}"): cv.string,
    }


async def async_picture(
    hass: HomeAssistant, data: Mapping[str, Any], suffix: str = ""
) -> PreparedPicture:
    """Return the picture that an action's fields name.

    Raises ServiceValidationError for none, for two, and for what is no usable picture, and
    Unauthorized for an entity that whoever asks may not read.
    """
    if (picture := await async_picture_if_any(hass, data, suffix)) is None:
        raise invalid("no_picture")
    return picture


async def async_picture_if_any(
    hass: HomeAssistant, data: Mapping[str, Any], suffix: str = ""
) -> PreparedPicture | None:
    """Return what `async_picture` does, None when the fields name no picture."""
    given = [
        key
        for key in (ATTR_IMAGE, ATTR_ENTITY_ID, ATTR_PATH)
        if data.get(f"{key}{suffix}") is not None
    ]
    if not given:
        return None
    if len(given) > 1:
        raise invalid("two_pictures")
    value = data[f"{given[0]}{suffix}"]
    if given[0] == ATTR_PATH:
        path = await async_allowed_path(hass, value)
        found = await hass.async_add_executor_job(_read, path)
    elif (entity_id := entity_of(data, suffix)) is not None:
        found = await async_snapshot(hass, entity_id)
    else:
        found = await _async_media(hass, value["media_content_id"])
    return await async_prepared(hass, found)


async def async_prepared(hass: HomeAssistant, data: bytes) -> PreparedPicture:
    """Return a picture as the module takes it; raises ServiceValidationError."""
    try:
        return await hass.async_add_executor_job(prepare, data)
    except PictureError as err:
        raise invalid(err.problem) from err


async def async_allowed_path(hass: HomeAssistant, path: str) -> Path:
    """Return a path that Home Assistant may use, without links.

    It may begin in the configuration folder. Raises ServiceValidationError.
    """
    found = await hass.async_add_executor_job(_allowed, hass, path)
    if found is None:
        raise invalid("path_not_allowed", path=path)
    return found


async def async_check_private(hass: HomeAssistant, path: Path) -> None:
    """Raise ServiceValidationError for a file that the web server gives to everybody."""

    def is_public() -> bool:
        return path.is_relative_to(Path(hass.config.path("www")).resolve())

    if await hass.async_add_executor_job(is_public):
        raise invalid("path_public", path=str(path))


def _allowed(hass: HomeAssistant, path: str) -> Path | None:
    if "\0" in path:
        return None
    resolved = Path(hass.config.path(path)).resolve()
    # What was checked is what is opened later.
    return resolved if hass.config.is_allowed_path(str(resolved)) else None


async def async_snapshot(hass: HomeAssistant, entity_id: str) -> bytes:
    """Return what a camera or image entity shows now, within a few seconds.

    Raises ServiceValidationError, and Unauthorized if whoever asks may not read it.
    """
    check_may_read(entity_id)
    try:
        if split_entity_id(entity_id)[0] == "camera":
            from homeassistant.components.camera import (  # noqa: PLC0415 # large
                async_get_image as async_camera_image,
            )

            return (await async_camera_image(hass, entity_id)).content
        from homeassistant.components.image import (  # noqa: PLC0415 # as the camera
            async_get_image,
        )

        return (await async_get_image(hass, entity_id)).content
    except Exception as err:
        # Cameras raise whatever the library of their makers does.
        raise invalid("no_snapshot", entity=entity_id) from err


async def _async_media(hass: HomeAssistant, media_id: str) -> bytes:
    from homeassistant.components.media_source import (  # noqa: PLC0415 # not needed else
        async_resolve_media,
    )

    try:
        media = await async_resolve_media(hass, media_id, None)
    except HomeAssistantError as err:
        raise invalid("no_media") from err
    if media.path is None:
        raise invalid("no_media")
    return await hass.async_add_executor_job(_read, media.path)


def _read(path: Path) -> bytes:
    """Read a file of bounded size; raises ServiceValidationError."""
    if not path.is_file():
        # Not a folder, and not a pipe that would never end.
        raise invalid("file_unreadable", path=str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as err:
        raise invalid("file_unreadable", path=str(path)) from err
    if len(data) > MAX_BYTES:
        raise invalid(PictureProblem.TOO_LARGE)
    return data
