"""Visits with a picture in the media browser: by module, by day, by person.

Identifiers: `<entry id>`, then `days` or `people`, then a day or a user id (as
`user-<user id>`, percent-encoded); a picture is `<entry id>/<visit id>`. They are looked
up in the history, never made into a path.
"""

from collections import Counter
from typing import Final, override
from urllib.parse import quote, unquote

from homeassistant.components.media_player.const import MediaClass, MediaType
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .gate import Verdict
from .models import FaceModuleConfigEntry, loaded_entry
from .texts import local_time, name_or_unknown, text
from .views import picture_path
from .visit import Visit

_DAYS: Final = "days"
_PEOPLE: Final = "people"
_USER: Final = "user-"


async def async_get_media_source(hass: HomeAssistant) -> VisitMediaSource:
    """Return our media source."""
    return VisitMediaSource(hass)


def _day(visit: Visit) -> str:
    return dt_util.as_local(visit.time).date().isoformat()


class VisitMediaSource(MediaSource):
    """The pictures of visits."""

    name = "Face Module"

    def __init__(self, hass: HomeAssistant) -> None:
        """Serve our domain."""
        super().__init__(DOMAIN)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        entry_id, _, visit_id = item.identifier.partition("/")
        entry = loaded_entry(self.hass, entry_id)
        history = entry.runtime_data.visits.history if entry else None
        visit = history.get(visit_id) if history else None
        if history is None or visit is None or visit.content_type is None:
            raise Unresolvable(translation_domain=DOMAIN, translation_key="no_such_picture")
        # The path serves those who want the file (actions with a media field).
        path = await history.async_path(visit)
        return PlayMedia(picture_path(visit), visit.content_type, path=path)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        if not item.identifier:
            return _folder("", self.name or DOMAIN, self._modules())
        parts = item.identifier.split("/")
        if (entry := loaded_entry(self.hass, parts[0])) is None:
            raise _unknown()
        visits = [v for v in entry.runtime_data.visits.history.visits if v.content_type]
        match parts[1:]:
            case []:
                return _folder(item.identifier, entry.title, self._ways(entry))
            case ["days"]:
                return self._days(entry, visits)
            case ["people"]:
                return self._people(entry, visits)
            case ["days", day]:
                return self._pictures(item, day, [v for v in visits if _day(v) == day])
            case ["people", person] if person.startswith(_USER):
                user_id = unquote(person.removeprefix(_USER))
                mine = [visit for visit in visits if visit.user_id == user_id]
                return self._pictures(
                    item, name_or_unknown(self.hass, mine[0].name) if mine else "", mine
                )
        raise _unknown()

    def _modules(self) -> list[BrowseMediaSource]:
        entries = self.hass.config_entries.async_loaded_entries(DOMAIN)
        return [_folder(entry.entry_id, entry.title) for entry in entries]

    def _ways(self, entry: FaceModuleConfigEntry) -> list[BrowseMediaSource]:
        return [
            _folder(f"{entry.entry_id}/{way}", text(self.hass, f"by_{way}"))
            for way in (_DAYS, _PEOPLE)
        ]

    def _days(self, entry: FaceModuleConfigEntry, visits: list[Visit]) -> BrowseMediaSource:
        base = f"{entry.entry_id}/{_DAYS}"
        counts = Counter(map(_day, visits))
        children = [_folder(f"{base}/{day}", f"{day} ({n})") for day, n in counts.items()]
        return _folder(base, text(self.hass, "by_days"), children)

    def _people(
        self, entry: FaceModuleConfigEntry, visits: list[Visit]
    ) -> BrowseMediaSource:
        base = f"{entry.entry_id}/{_PEOPLE}"
        latest = {visit.user_id: visit for visit in reversed(visits)}
        counts = Counter(visit.user_id for visit in visits)
        children = [
            _folder(
                f"{base}/{_USER}{quote(user_id, safe='')}",
                f"{name_or_unknown(self.hass, latest[user_id].name)} ({n})",
                thumbnail=picture_path(latest[user_id]),
            )
            for user_id, n in counts.items()
        ]
        return _folder(base, text(self.hass, "by_people"), children)

    def _pictures(
        self, item: MediaSourceItem, title: str, visits: list[Visit]
    ) -> BrowseMediaSource:
        if not visits:
            raise _unknown()
        return _folder(item.identifier, title, [self._picture(visit) for visit in visits])

    def _picture(self, visit: Visit) -> BrowseMediaSource:
        title = f"{name_or_unknown(self.hass, visit.name)} · {local_time(visit.time)}"
        if visit.verdict is Verdict.REJECTED:
            title += f" · {text(self.hass, f'reason_{visit.reason}')}"
        return BrowseMediaSource(
            domain=DOMAIN,
            identifier=f"{visit.entry_id}/{visit.visit_id}",
            media_class=MediaClass.IMAGE,
            media_content_type=visit.content_type or MediaType.IMAGE,
            title=title,
            thumbnail=picture_path(visit),
            can_play=True,
            can_expand=False,
        )


def _folder(
    identifier: str,
    title: str,
    children: list[BrowseMediaSource] | None = None,
    thumbnail: str | None = None,
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier or None,
        media_class=MediaClass.DIRECTORY,
        media_content_type=MediaType.IMAGE,
        title=title,
        can_play=False,
        can_expand=True,
        children=children,
        children_media_class=MediaClass.IMAGE,
        thumbnail=thumbnail,
    )


def _unknown() -> BrowseError:
    return BrowseError(translation_domain=DOMAIN, translation_key="no_such_folder")
