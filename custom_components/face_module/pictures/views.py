"""Pictures over HTTP: visits for those who may see them, people for administrators."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus
import re
from typing import Final, Protocol

from aiohttp import ETag, web
from homeassistant.components.http.auth import async_sign_path
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.components.http.decorators import require_admin
from homeassistant.core import HomeAssistant
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView

from ..client import FaceModuleError
from ..const import DOMAIN
from ..permissions import may_see_visits
from .kinds import picture_type

_URL: Final = f"/api/{DOMAIN}/visits"
_PEOPLE_URL: Final = f"/api/{DOMAIN}/people"
_STRANGERS_URL: Final = f"/api/{DOMAIN}/strangers"
# Long enough for a phone that is offline for a while; never beyond a restart.
_SIGNED_FOR: Final = timedelta(hours=24)
# Ids that are in a path as they are; Home Assistant refuses what looks like SQL there.
_PLAIN: Final = re.compile(r"(?!.*select)[a-z0-9_-]+", re.IGNORECASE)
_ENCODED: Final = "~"
# Another picture may come under the same address.
_ASKING: Final = "private, no-cache"


class Pictured(Protocol):
    """A visit, as far as its picture is concerned."""

    @property
    def entry_id(self) -> str:
        """The module it belongs to."""

    @property
    def visit_id(self) -> str:
        """Its id."""

    @property
    def content_type(self) -> str | None:
        """What kind of picture there is, None for none."""


def picture_path(visit: Pictured) -> str:
    """Return the path of a crop; it wants a login that may see it, or a signature."""
    return f"{_URL}/{visit.entry_id}/{visit.visit_id}"


def id_in_path(user_id: str) -> str:
    """Return a user id as one part of a path, whatever is in it: `..`, `/`, `{{ }}`.

    No browser, proxy or server reads more into it, or makes another one of it.
    """
    if _PLAIN.fullmatch(user_id):
        return user_id
    code = urlsafe_b64encode(user_id.encode("utf-8", "surrogatepass")).decode()
    return _ENCODED + code.rstrip("=")


def id_from_path(part: str) -> str:
    """Return what `id_in_path` was given; raises ValueError for what it never makes."""
    if not part.startswith(_ENCODED):
        return part
    code = part.removeprefix(_ENCODED)
    padded = code + "=" * (-len(code) % 4)
    return urlsafe_b64decode(padded).decode("utf-8", "surrogatepass")


def person_picture_path(entry_id: str, user_id: str) -> str:
    """Return the path of the picture somebody is enrolled with; for administrators."""
    return f"{_PEOPLE_URL}/{entry_id}/{id_in_path(user_id)}"


def stranger_picture_path(entry_id: str, stranger_id: str) -> str:
    """Return the path of the picture of a stranger; for administrators."""
    return f"{_STRANGERS_URL}/{entry_id}/{stranger_id}"


def signed_picture_path(hass: HomeAssistant, visit: Pictured) -> str | None:
    """Return a path that shows a crop to whoever has it, for a day; None without one."""
    if visit.content_type is None:
        return None
    return async_sign_path(hass, picture_path(visit), _SIGNED_FOR, use_content_user=True)


class VisitPictureView(HomeAssistantView):
    """The crop of a visit.

    `find` returns content type and bytes of the crop of a visit (entry id, visit id), None
    when there is none.
    """

    url = f"{_URL}/{{entry_id}}/{{visit_id}}"
    name = f"api:{DOMAIN}:visits"
    requires_auth = True

    def __init__(
        self, find: Callable[[str, str], Awaitable[tuple[str, bytes] | None]]
    ) -> None:
        """Answer with what `find` finds."""
        self._find = find

    async def get(self, request: web.Request, entry_id: str, visit_id: str) -> web.Response:
        """Answer with the picture, 404 when there is none (any more), or not for them.

        Not 401: Home Assistant would take it for a wrong password, and tell everybody.
        """
        hass, user = request.app[KEY_HASS], request[KEY_HASS_USER]
        found = None
        if may_see_visits(hass, user, entry_id):
            found = await self._find(entry_id, visit_id)
        if found is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        content_type, picture = found
        return _picture(picture, content_type, "private, max-age=3600")


class PersonPictureView(HomeAssistantView):
    """The picture that somebody is enrolled with.

    `find` returns it and its digest (entry id, user id), None when there is none; it may
    raise FaceModuleError.
    """

    url = f"{_PEOPLE_URL}/{{entry_id}}/{{user_id}}"
    name = f"api:{DOMAIN}:people"
    requires_auth = True

    def __init__(
        self, find: Callable[[str, str], Awaitable[tuple[str, bytes] | None]]
    ) -> None:
        """Answer with what `find` finds."""
        self._find = find

    @require_admin
    async def get(self, request: web.Request, entry_id: str, user_id: str) -> web.Response:
        """Answer with the picture, 304 to who has it, 404 when there is none."""
        try:
            found = await self._find(entry_id, id_from_path(user_id))
        except ValueError:
            found = None
        except FaceModuleError:
            return web.Response(status=HTTPStatus.BAD_GATEWAY)
        if found is None or (kind := picture_type(found[1])) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        digest, picture = found
        had = {tag.value for tag in request.if_none_match or ()}
        answer = _picture(picture, kind, _ASKING)
        if had & {digest, "*"}:
            answer = web.Response(
                status=HTTPStatus.NOT_MODIFIED, headers={"Cache-Control": _ASKING}
            )
        answer.etag = ETag(value=digest)
        return answer


class StrangerPictureView(HomeAssistantView):
    """The picture of a stranger.

    `find` returns it (entry id, stranger id), None when there is none.
    """

    url = f"{_STRANGERS_URL}/{{entry_id}}/{{stranger_id}}"
    name = f"api:{DOMAIN}:strangers"
    requires_auth = True

    def __init__(self, find: Callable[[str, str], Awaitable[bytes | None]]) -> None:
        """Answer with what `find` finds."""
        self._find = find

    @require_admin
    async def get(
        self, request: web.Request, entry_id: str, stranger_id: str
    ) -> web.Response:
        """Answer with the picture, 404 when there is none."""
        if (jpeg := await self._find(entry_id, stranger_id)) is None:
            return web.Response(status=HTTPStatus.NOT_FOUND)
        return _picture(jpeg, "image/jpeg", _ASKING)


def _picture(picture: bytes, content_type: str, caching: str) -> web.Response:
    return web.Response(
        body=picture,
        content_type=content_type,
        headers={"Cache-Control": caching, "X-Content-Type-Options": "nosniff"},
    )
