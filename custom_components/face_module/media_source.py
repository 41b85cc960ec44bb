"""Visits with a picture in the media browser: by module, by day, by person.

Identifiers: `<entry id>`, then `days` or `people`, then a day or a user id (as
`user-<user id>`, written as in the paths of pictures); a picture is `<entry id>/<visit
id>`. They are looked up in the history, never made into a path. Of what somebody may not
see there is nothing.
"""

from collections import Counter
from datetime import date
from typing import Final, override

from homeassistant.components.media_player.browse_media import (
    SearchMedia,
    SearchMediaQuery,
)
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
from .permissions import asking_user, may_see_visits
from .pictures.views import id_in_path, picture_path
from .runtime import FaceModuleConfigEntry, loaded_entry
from .texts import integration_name, local_time, name_or_unknown, text
from .visits.gate import Verdict
from .visits.visit import Visit

_DAYS: Final = "days"
_PEOPLE: Final = "people"
_USER: Final = "user-"
# Whoever finds more than this looks for too little.
_FOUND: Final = 200


async def async_get_media_source(hass: HomeAssistant) -> VisitMediaSource:
    """Return our media source."""
    return VisitMediaSource(hass)


def _is_of(visit: Visit, person: str) -> bool:
    return person == f"{_USER}{id_in_path(visit.user_id)}"


def _day(visit: Visit) -> str:
    return dt_util.as_local(visit.time).date().isoformat()


def _said(hass: HomeAssistant, day: str) -> str:
    """Return how a day is called."""
    match (dt_util.now().date() - date.fromisoformat(day)).days:
        case 0:
            return text(hass, "today")
        case 1:
            return text(hass, "yesterday")
    return day


class VisitMediaSource(MediaSource):
    """The pictures of visits."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Serve our domain."""
        super().__init__(DOMAIN)
        self.name = integration_name(hass)
        self.hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        entry_id, _, visit_id = item.identifier.partition("/")
        entry = self._entry(entry_id)
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
            return _folder("", integration_name(self.hass), self._modules())
        parts = item.identifier.split("/")
        if (entry := self._entry(parts[0])) is None:
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
                mine = [visit for visit in visits if _day(visit) == day]
                return self._pictures(item, _said(self.hass, day) if mine else day, mine)
            case ["people", person] if person.startswith(_USER):
                mine = [visit for visit in visits if _is_of(visit, person)]
                return self._pictures(
                    item, name_or_unknown(self.hass, mine[0].name) if mine else "", mine
                )
        raise _unknown()

    @override
    async def async_search_media(
        self, item: MediaSourceItem, query: SearchMediaQuery
    ) -> SearchMedia:
        """Find pictures by words that are in the name, or begin the date or the time.

        As they are shown: in Home Assistant's time zone.
        """
        classes = query.media_filter_classes
        if classes and MediaClass.IMAGE not in classes:
            return SearchMedia(result=[])
        entry_id = item.identifier.partition("/")[0] if item.identifier else None
        words = query.search_query.casefold().split()
        found = [
            visit
            for entry in self.hass.config_entries.async_loaded_entries(DOMAIN)
            if entry_id in (None, entry.entry_id) and self._entry(entry.entry_id)
            for visit in entry.runtime_data.visits.history.visits
            if visit.content_type and words and _matches(self._name(visit), visit, words)
        ]
        found.sort(key=lambda visit: visit.time, reverse=True)
        return SearchMedia(result=[self._picture(visit) for visit in found[:_FOUND]])

    def _name(self, visit: Visit) -> str:
        return name_or_unknown(self.hass, visit.name)

    def _modules(self) -> list[BrowseMediaSource]:
        entries = self.hass.config_entries.async_loaded_entries(DOMAIN)
        return [
            _folder(entry.entry_id, entry.title)
            for entry in entries
            if self._entry(entry.entry_id) is not None
        ]

    def _entry(self, entry_id: str) -> FaceModuleConfigEntry | None:
        """Return a module that is set up, if whoever asks may see who came to it."""
        if not may_see_visits(self.hass, asking_user(), entry_id):
            return None
        return loaded_entry(self.hass, entry_id)

    def _ways(self, entry: FaceModuleConfigEntry) -> list[BrowseMediaSource]:
        return [
            _folder(f"{entry.entry_id}/{way}", text(self.hass, f"by_{way}"))
            for way in (_DAYS, _PEOPLE)
        ]

    def _days(self, entry: FaceModuleConfigEntry, visits: list[Visit]) -> BrowseMediaSource:
        base = f"{entry.entry_id}/{_DAYS}"
        counts = Counter(map(_day, visits))
        children = [
            _folder(f"{base}/{day}", f"{_said(self.hass, day)} ({n})")
            for day, n in counts.items()
        ]
        return _folder(base, text(self.hass, "by_days"), children)

    def _people(
        self, entry: FaceModuleConfigEntry, visits: list[Visit]
    ) -> BrowseMediaSource:
        base = f"{entry.entry_id}/{_PEOPLE}"
        latest = {visit.user_id: visit for visit in reversed(visits)}
        counts = Counter(visit.user_id for visit in visits)
        children = [
            _folder(
                f"{base}/{_USER}{id_in_path(user_id)}",
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
        # When it was comes first: longer names are cut off by whoever shows them.
        at = dt_util.as_local(visit.time).strftime("%H:%M")
        name = name_or_unknown(self.hass, visit.name)
        title = f"{_said(self.hass, _day(visit))} {at} · {name}"
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


def _matches(name: str, visit: Visit, words: list[str]) -> bool:
    known, begins = name.casefold(), local_time(visit.time).split()
    return all(
        word in known or any(one.startswith(word) for one in begins) for word in words
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
        can_search=True,
        children=children,
        children_media_class=MediaClass.IMAGE,
        thumbnail=thumbnail,
    )


def _unknown() -> BrowseError:
    return BrowseError(translation_domain=DOMAIN, translation_key="no_such_folder")
