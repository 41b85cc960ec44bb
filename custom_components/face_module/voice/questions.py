"""What can be asked: who is there, who came, when somebody was seen, how many."""

import asyncio
from collections import Counter
from typing import Final, override

from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..errors import translated_errors
from ..people.roster import DATA_ROSTER
from ..people.rule_words import async_rule_text
from ..runtime import FaceModuleConfigEntry
from ..texts import joined
from ..visits.gate import Reason, Verdict
from ..visits.visit import Visit
from .handler import (
    MODULE,
    PERSON,
    SLOT_DAY,
    SLOT_MODULE,
    SLOT_PERSON,
    SLOT_WHO,
    Handler,
    Slots,
)
from .modules import modules_of, name_of, ready, ready_modules
from .names import is_anybody
from .people import async_person_called, is_of
from .speaking import RefusalError, Speaker

WHO_IS_THERE: Final = "FaceModuleWhoIsThere"
LAST_VISITOR: Final = "FaceModuleLastVisitor"
LAST_SEEN: Final = "FaceModuleLastSeen"
VISITORS: Final = "FaceModuleVisitors"
COUNT_PEOPLE: Final = "FaceModuleCountPeople"
# Whoever asks waits; a module that sees somebody answers within a second or two.
_PATIENCE: Final = 6.0
# Of more strangers only the last are described.
_TOLD: Final = 5


class WhoIsThere(Handler):
    """Asks the module of the speaker's area, else all. SetCallbackRequest."""

    intent_type = WHO_IS_THERE
    description = "Asks a face recognition module who stands in front of it right now"
    slots = MODULE

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        entries = modules_of(speaker, slots.get(SLOT_MODULE), here=True)
        if len(entries) == 1:
            return await self._async_ask(speaker, entries[0])
        answers = await asyncio.gather(*(self._async_try(speaker, one) for one in entries))
        nobody = speaker.say("nobody")
        if all(answer == nobody for answer in answers):
            return nobody
        names = [name_of(speaker.hass, entry) for entry in entries]
        return speaker.join(
            speaker.say("at", module=name, answer=answer)
            for name, answer in zip(names, answers, strict=True)
        )

    async def _async_try(self, speaker: Speaker, entry: FaceModuleConfigEntry) -> str:
        """Answer for one of several modules, also when it cannot be asked."""
        try:
            return await self._async_ask(speaker, entry)
        except RefusalError as err:
            return speaker.say(err.key, **err.placeholders)
        except HomeAssistantError as err:
            return speaker.explain(err)

    async def _async_ask(self, speaker: Speaker, entry: FaceModuleConfigEntry) -> str:
        loaded = ready(speaker.hass, entry)
        async with translated_errors(speaker.hass, loaded):
            visit = await loaded.runtime_data.visits.requests.async_ask(_PATIENCE)
        if visit is None:
            return speaker.say("nobody")
        if visit.reason is Reason.NOT_ALLOWED:
            return speaker.say("came_not_allowed", **await _async_rule(speaker, visit))
        if visit.verdict is Verdict.REJECTED:
            return speaker.say(
                "rejected", name=_name(speaker, visit), **_why(speaker, visit)
            )
        return speaker.say(visit.verdict, name=_name(speaker, visit))


class LastVisitor(Handler):
    """Looks into the history of a module, or of all."""

    intent_type = LAST_VISITOR
    description = "Tells who was last seen by a face recognition module, and when"
    slots = MODULE

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        found = _visits(speaker, slots.get(SLOT_MODULE))
        if (last := max(found, key=lambda visit: visit.time, default=None)) is None:
            return speaker.say("nobody_came")
        name, when = _name(speaker, last), speaker.when(last.last_seen)
        if last.reason is Reason.NOT_ALLOWED:
            rule = await _async_rule(speaker, last)
            return speaker.say("last_not_allowed", when=when, **rule)
        if last.verdict is Verdict.REJECTED:
            return speaker.say("last_rejected", name=name, when=when, **_why(speaker, last))
        return speaker.say(f"last_{last.verdict}", name=name, when=when)


class Visitors(Handler):
    """Looks for everybody who came today in the history of a module, or of all."""

    intent_type = VISITORS
    description = (
        "Tells everybody who came to the face recognition modules today, or with"
        " who=stranger which unknown people came today, and how often before"
    )
    slots = MODULE | {vol.Optional(SLOT_WHO): vol.In(["stranger"])}

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        visits = _of_today(_visits(speaker, slots.get(SLOT_MODULE)))
        if SLOT_WHO in slots:
            return _strangers(speaker, visits)
        return _everybody(speaker, visits)


class LastSeen(Handler):
    """Looks for somebody in the history of all modules; GetUserInfo for who is meant."""

    intent_type = LAST_SEEN
    description = (
        "Tells when and where a person was last recognized by a face recognition module,"
        " or with day=today whether the person was here today"
    )
    slots = PERSON | {vol.Optional(SLOT_DAY): vol.In(["today"])}

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        if is_anybody(slots[SLOT_PERSON]):
            return _everybody(speaker, _of_today(_visits(speaker)))
        person = await async_person_called(speaker, slots[SLOT_PERSON])
        visits = [
            visit
            for visit in _visits(speaker)
            if _is_sure(visit) and is_of(speaker.hass, visit, person)
        ]
        last = max(visits, key=lambda visit: visit.last_seen, default=None)
        asked_today = SLOT_DAY in slots
        if last is None:
            days = max(
                entry.runtime_data.options.history_days for entry in ready_modules(speaker)
            )
            key = "not_today" if asked_today else "not_seen"
            return speaker.say(key, name=person.name, days=str(days))
        entry = speaker.hass.config_entries.async_get_known_entry(last.entry_id)
        said = {
            "name": person.name,
            "when": speaker.when(last.last_seen),
            "module": name_of(speaker.hass, entry),
        }
        if last.reason is Reason.NOT_ALLOWED:
            said |= await _async_rule(speaker, last)
            return speaker.say("seen_not_allowed", **said)
        if not asked_today:
            return speaker.say("seen", **said)
        today = dt_util.as_local(last.last_seen).date() == dt_util.now().date()
        return speaker.say("seen_today" if today else "not_today_but", **said)


class CountPeople(Handler):
    """Counts the people of a module, or of each. GetUserNumber."""

    intent_type = COUNT_PEOPLE
    description = "Tells how many people are enrolled on the face recognition modules"
    slots = MODULE

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        entries = ready_modules(speaker, slots.get(SLOT_MODULE))
        lines = []
        for entry in entries:
            async with translated_errors(speaker.hass, entry):
                count = await entry.runtime_data.client.count_users()
            key = "count_one" if count == 1 else "count"
            if len(entries) > 1:
                key = f"{key}_on"
            name = name_of(speaker.hass, entry)
            lines.append(speaker.say(key, count=str(count), module=name))
        return speaker.join(lines)


def _visits(speaker: Speaker, named: str | None = None) -> list[Visit]:
    return [
        visit
        for entry in ready_modules(speaker, named)
        for visit in entry.runtime_data.visits.history.visits
    ]


def _of_today(visits: list[Visit]) -> list[Visit]:
    """Return who was seen since local midnight, the earliest first."""
    today = dt_util.now().date()
    found = [v for v in visits if dt_util.as_local(v.last_seen).date() == today]
    return sorted(found, key=lambda visit: visit.time)


def _everybody(speaker: Speaker, visits: list[Visit]) -> str:
    """Tell everybody who came: names once, then how often somebody had none."""
    counts = Counter(visit.verdict for visit in visits)
    recognized = [visit for visit in visits if visit.verdict is Verdict.RECOGNIZED]
    people = [*{(v.user_id, v.name): _name(speaker, v) for v in recognized}.values()]
    for verdict in (Verdict.UNKNOWN, Verdict.REJECTED):
        if count := counts[verdict]:
            key = f"{verdict}_once" if count == 1 else f"{verdict}_often"
            people.append(speaker.say(key, count=str(count)))
    if not people:
        return speaker.say("today_nobody")
    return speaker.say("today_came", people=joined(speaker.comma, people))


def _strangers(speaker: Speaker, visits: list[Visit]) -> str:
    """Tell who came whom nobody knows: when, and whether they were here before.

    Where that is not known, only whether somebody came, and when last.
    """
    found = [visit for visit in visits if visit.verdict is Verdict.UNKNOWN]
    if not found:
        return speaker.say("today_no_stranger")
    # Each once, as they came last.
    strangers = {visit.stranger_id: visit for visit in found if visit.stranger_id}
    if not strangers:
        return speaker.say("today_stranger", when=speaker.when(found[-1].last_seen))
    told = [_stranger(speaker, visit) for visit in strangers.values()]
    comma = "; " if speaker.language == "en" else "、"
    key = "today_stranger_one" if len(told) == 1 else "today_strangers"
    if len(told) > _TOLD:
        key = "today_strangers_last"
    last = comma.join(told[-_TOLD:])
    return speaker.say(key, count=str(len(told)), strangers=last)


def _stranger(speaker: Speaker, visit: Visit) -> str:
    count, when = visit.times_seen or 1, speaker.when(visit.last_seen)
    if count == 1:
        return speaker.say("stranger_new", when=when)
    return speaker.say("stranger_again", count=str(count), when=when)


def _name(speaker: Speaker, visit: Visit) -> str:
    return visit.name or visit.user_id or speaker.say("somebody")


def _is_sure(visit: Visit) -> bool:
    """Say whether it is sure who came, be it that they might not enter."""
    return visit.verdict is Verdict.RECOGNIZED or visit.reason is Reason.NOT_ALLOWED


async def _async_rule(speaker: Speaker, visit: Visit) -> dict[str, str]:
    """Return who came, and when they may enter."""
    roster = speaker.hass.data[DATA_ROSTER]
    known, _ = roster.seen_as(visit.entry_id, visit.user_id, visit.name)
    access = roster.access_of(known, visit.user_id)
    rule = await async_rule_text(speaker.hass, access, speaker.language)
    return {"name": _name(speaker, visit), "rule": rule}


def _why(speaker: Speaker, visit: Visit) -> dict[str, str]:
    return {"reason": speaker.say(f"reason_{visit.reason}")}
