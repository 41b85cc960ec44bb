"""Pictures over HTTP: visits for those who are logged in, people for administrators."""

from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from aiohttp import web
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.http.decorators import require_admin
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from .client import FaceModuleError
from .const import DOMAIN
from .models import loaded_entry
from .visit import Visit, picture_type

_URL: Final = f"/api/{DOMAIN}/visits"
_PEOPLE_URL: Final = f"/api/{DOMAIN}/people"
# Long enough for a phone that is offline for a while; never beyond a restart.
_SIGNED_FOR: Final = timedelta(hours=24)


def picture_path(visit: Visit) -> str:
    """Return the path of a crop; it wants a login, or a signature."""
    return f"{_URL}/{visit.entry_id}/{visit.visit_id}"


def person_picture_path(entry_id: str, user_id: str) -> str:
    """Return the path of the picture somebody is enrolled with; for administrators."""
    return f"{_PEOPLE_URL}/{entry_id}/{quote(user_id, safe='')}"


def signed_picture_path(hass: HomeAssistant, visit: Visit) -> str | None:
    """Return a path that shows a crop to whoever has it, for a day; None without one."""
    if visit.content_type is None:
        return None
    return async_sign_path(hass, picture_path(visit), _SIGNED_FOR, use_content_user=True)


class VisitPictureView(HomeAssistantView):
    """The crop of a visit."""

    url = f"{_URL}/{{entry_id}}/{{visit_id}}"
    name = f"api:{DOMAIN}:visits"
    requires_auth = True

    async def get(self, request: web.Request, entry_id: str, visit_id: str) -> web.Response:
        """Answer with the picture, 404 when there is none (any more)."""
        entry = loaded_entry(request.app[KEY_HASS], entry_id)
        history = entry.runtime_data.visits.history if entry else None
        found = await history.async_picture(visit_id) if history else None
        if found is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        content_type, picture = found
        return _picture(picture, content_type, "private, max-age=3600")


class PersonPictureView(HomeAssistantView):
    """The picture that somebody is enrolled with. GetUserInfo."""

    url = f"{_PEOPLE_URL}/{{entry_id}}/{{user_id}}"
    name = f"api:{DOMAIN}:people"
    requires_auth = True

    @require_admin
    async def get(self, request: web.Request, entry_id: str, user_id: str) -> web.Response:
        """Answer with the picture, 404 when there is none."""
        if (entry := loaded_entry(request.app[KEY_HASS], entry_id)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        try:
            picture = await entry.runtime_data.people.async_picture(user_id)
        except FaceModuleError:
            return web.Response(status=HTTPStatus.BAD_GATEWAY)
        if picture is None or (kind := picture_type(picture)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        # Another picture may come under the same address.
        return _picture(picture, kind, "private, no-cache")


def _picture(picture: bytes, content_type: str, caching: str) -> web.Response:
    return web.Response(
        body=picture,
        content_type=content_type,
        headers={"Cache-Control": caching, "X-Content-Type-Options": "nosniff"},
    )
