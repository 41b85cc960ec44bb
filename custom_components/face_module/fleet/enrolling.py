"""Enrolling somebody on modules: the one way, for actions, cards and voice."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError

from ..client import FaceModuleError, QualityControl
from ..errors import async_client_error, invalid, translated_errors
from ..people.changing import People
from ..people.enrollment import Enrolled, Enrollment
from ..people.identity import IdTakenError, is_same_name, plain_name
from ..people.ids import async_id_for, async_new_id
from ..people.names import clean_user_id, possible_ids
from ..people.roster import DATA_ROSTER, digest
from ..people.rule import AccessRule
from ..runtime import FaceModuleConfigEntry, loaded_entries

# Somebody else may be faster so often.
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Whom to enroll, with a JPEG as modules take it (pictures/prepare.py).

    Without `user_id` it is made from the name. `replace` replaces the picture of somebody
    of this name, and whoever has a `user_id` that is given. They have the rule `access`,
    if one is given, before any module knows them.
    """

    name: str
    jpeg: bytes = field(repr=False)
    user_id: str | None = None
    quality: QualityControl = QualityControl.NONE
    replace: bool = False
    allow_duplicate_face: bool = False
    access: AccessRule | None = None


class Answer(NamedTuple):
    """Under which id somebody was enrolled, and what came of it, by entry id."""

    user_id: str
    results: dict[str, Enrolled | HomeAssistantError]

    def failed(self, entry: FaceModuleConfigEntry) -> bool:
        """Say whether they are not enrolled on a module."""
        return not isinstance(self.results.get(entry.entry_id), Enrolled)

    def of(self, entry: FaceModuleConfigEntry) -> Enrolled:
        """Return what came of it on a module; raises HomeAssistantError if it failed."""
        result = self.results.get(entry.entry_id)
        if result is None:
            raise invalid("cannot_connect", module=entry.title)
        if isinstance(result, HomeAssistantError):
            raise result
        return result


async def async_enroll(
    hass: HomeAssistant,
    entries: Sequence[FaceModuleConfigEntry],
    wish: Wish,
    *,
    at_once: bool = False,
    first_decides: bool = False,
) -> Answer:
    """Enroll somebody on modules, one after the other or `at_once`.

    What fails on one is not the end, unless it is the first and `first_decides`.

    An id that is made is nobody else's, on these modules and on the others that answer. A
    module that cannot be asked for it is not written. Raises ServiceValidationError where
    there is no id at all. GetUserInfo, Identify, AddUser, DeleteUser.
    """
    wanted = Enrollment(
        user_id="",
        name=wish.name,
        jpeg=wish.jpeg,
        quality=wish.quality,
        replace=wish.replace,
        # Whoever was enrolled by the same call before is.
        again=not wish.user_id,
        allow_duplicate_face=wish.allow_duplicate_face,
    )
    if wish.user_id:
        user_id = clean_user_id(wish.user_id)
        whoever = False
        if wish.replace:
            # Only then it is clear who is replaced.
            names, unknown = await _async_who_has(hass, entries, user_id)
            whoever = len(names) <= 1 and (not unknown or len(entries) == 1)
        wanted = replace(wanted, user_id=user_id, whoever=whoever)
        groups = _groups(entries, at_once=at_once)
        done = await _async_on_all(hass, groups, wanted, access=wish.access)
        return Answer(user_id, done)
    chosen = {entry.entry_id for entry in entries}
    others = [
        entry
        for entry in loaded_entries(hass)
        if entry.entry_id not in chosen
        and entry.runtime_data.coordinator.last_update_success
    ]
    modules = [entry.runtime_data.people for entry in (*entries, *others)]
    failed: dict[int, FaceModuleError] = {}
    async with async_new_id(
        hass,
        wish.name,
        modules,
        same_name=wish.replace,
        jpeg=wish.jpeg,
        failed=failed,
    ) as user_id:
        results: dict[str, Enrolled | HomeAssistantError] = {
            entry.entry_id: async_client_error(hass, failed[n], entry)
            for n, entry in enumerate(entries)
            if n in failed
        }
        if not (first_decides and 0 in failed):
            asked = [entry for entry in entries if entry.entry_id not in results]
            results |= await _async_on_all(
                hass,
                _groups(asked, at_once=at_once),
                replace(wanted, user_id=user_id),
                access=wish.access,
                is_made=True,
                first_decides=first_decides,
            )
    return Answer(user_id, results)


async def _async_enroll_made(
    hass: HomeAssistant, people: People, wanted: Enrollment, rules: _Rules
) -> Enrolled:
    """Enroll somebody whose id was made from the name on one module.

    Where the module says that somebody else has it after all, they get another. Raises
    ServiceValidationError and FaceModuleError.
    """
    for _ in range(_ATTEMPTS):
        await rules.async_give(wanted)
        try:
            done = await people.async_enroll(wanted)
        except IdTakenError:
            user_id = await async_id_for(
                hass, wanted.name, [people], same_name=wanted.replace, jpeg=wanted.jpeg
            )
            wanted = replace(wanted, user_id=user_id)
        else:
            return done._replace(user_id=wanted.user_id)
    await rules.async_give(wanted)
    return await people.async_enroll(wanted)


class _Rules:
    """The rule of somebody who is to be enrolled, under whichever id that will be."""

    def __init__(self, hass: HomeAssistant, access: AccessRule | None) -> None:
        self._roster = hass.data[DATA_ROSTER]
        self._access = access
        self._new: set[str] = set()

    async def async_give(self, wanted: Enrollment) -> None:
        """Let them have it; raises ServiceValidationError if the disk does not take it."""
        if self._access is None:
            return
        person = self._roster.called(wanted.user_id, wanted.name)
        if person is None:
            person = self._roster.async_new(wanted.user_id, wanted.name)
            self._new.add(person.key)
        self._roster.async_put(replace(person, access=self._access))
        await self._roster.async_save()

    async def async_forget_if_refused(
        self, results: Iterable[Enrolled | HomeAssistantError]
    ) -> None:
        """Forget whom surely no module took."""
        if all(isinstance(one, ServiceValidationError) for one in results):
            for key in self._new:
                await self._roster.async_remove(key, if_nowhere=True)


async def async_check_name_is_new(
    hass: HomeAssistant, entries: Sequence[FaceModuleConfigEntry], wish: Wish
) -> None:
    """Raise ServiceValidationError if somebody of this name has the id it would have.

    Not if it is the same picture: whoever was enrolled by the same click before is.
    GetUserInfo.
    """
    user_id = wish.user_id or next(possible_ids(wish.name))
    known = hass.data[DATA_ROSTER].called(user_id, wish.name)
    if known is not None and known.picture == digest(wish.jpeg):
        return
    names = [known.name] if known is not None else []
    for entry in entries:
        try:
            names.append(await entry.runtime_data.people.async_holder(user_id) or "")
        except FaceModuleError:
            # It is said when they are to be enrolled there.
            continue
    for name in names:
        if is_same_name(name, wish.name):
            raise invalid("name_exists", user_id=user_id, name=name)


def _groups(
    entries: Sequence[FaceModuleConfigEntry], *, at_once: bool
) -> list[Sequence[FaceModuleConfigEntry]]:
    return [entries] if at_once else [[entry] for entry in entries]


async def _async_on_all(
    hass: HomeAssistant,
    groups: list[Sequence[FaceModuleConfigEntry]],
    wanted: Enrollment,
    *,
    access: AccessRule | None,
    is_made: bool = False,
    first_decides: bool = False,
) -> dict[str, Enrolled | HomeAssistantError]:
    # An entry may be unloaded meanwhile.
    modules = {e.entry_id: e.runtime_data.people for some in groups for e in some}
    rules = _Rules(hass, access)

    async def enroll(entry: FaceModuleConfigEntry) -> Enrolled | HomeAssistantError:
        people = modules[entry.entry_id]
        try:
            async with translated_errors(hass, entry):
                if is_made:
                    return await _async_enroll_made(hass, people, wanted, rules)
                await rules.async_give(wanted)
                return await people.async_enroll(wanted)
        except HomeAssistantError as err:
            return err

    results: dict[str, Enrolled | HomeAssistantError] = {}
    for entries in groups:
        done = await asyncio.gather(*map(enroll, entries))
        results |= {e.entry_id: one for e, one in zip(entries, done, strict=True)}
        first = next(iter(results.values()), None)
        if first_decides and isinstance(first, HomeAssistantError):
            break
    await rules.async_forget_if_refused(results.values())
    return results


async def async_check_is_one(
    hass: HomeAssistant, entries: Sequence[FaceModuleConfigEntry], user_id: str
) -> dict[str, HomeAssistantError]:
    """Raise ServiceValidationError where modules mean several people by one user id.

    A module that cannot be asked means whom it meant when Home Assistant gave it somebody;
    where that is not known either nothing may be done: returns why, by entry id. Of one
    module nothing is asked. GetUserInfo.
    """
    if len(entries) < 2:  # noqa: PLR2004
        return {}
    names, unknown = await _async_who_has(hass, entries, user_id)
    if len(names) > 1:
        raise invalid("several_people", user_id=user_id)
    return unknown


async def _async_who_has(
    hass: HomeAssistant, entries: Sequence[FaceModuleConfigEntry], user_id: str
) -> tuple[set[str], dict[str, HomeAssistantError]]:
    """Return who has an id, by name, and of which modules that is not known, and why."""
    names, unknown = set[str](), dict[str, HomeAssistantError]()
    for entry in entries:
        try:
            name = await entry.runtime_data.people.async_holder(user_id)
        except FaceModuleError as err:
            people = hass.data[DATA_ROSTER].of_id(user_id)
            held = {plain_name(p.name) for p in people if entry.entry_id in p.names}
            names |= held
            if not held:
                unknown[entry.entry_id] = async_client_error(hass, err, entry)
        else:
            names |= set() if name is None else {plain_name(name)}
    return names, unknown
