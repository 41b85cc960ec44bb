"""What Assist can be asked and told about people and modules.

Custom integrations cannot ship sentences; those in `sentences/` are written into the
configuration folder when an administrator says so (sentences.py).
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, intent
from homeassistant.util import dt as dt_util
from homeassistant.util.hass_dict import HassKey
import voluptuous as vol

from .asking import async_ask
from .const import CONF_ENROLLMENT_CAMERA, CONF_HISTORY_DAYS, DOMAIN
from .errors import translated_errors
from .everywhere import async_delete_everywhere
from .gate import Verdict
from .models import Person, loaded_entries, options_of
from .people_spoken import (
    async_check_may_change,
    async_person_called,
    is_everybody,
)
from .speaking import (
    RefusalError,
    Speaker,
    async_speaker,
    module_of,
    name_of,
)
from .visit import Visit
from .voice_enrollment import async_enroll_speaker

SLOT_MODULE: Final = "module"
SLOT_PERSON: Final = "person"
SLOT_DAY: Final = "day"
WHO_IS_THERE: Final = "FaceModuleWhoIsThere"
LAST_VISITOR: Final = "FaceModuleLastVisitor"
LAST_SEEN: Final = "FaceModuleLastSeen"
COUNT_PEOPLE: Final = "FaceModuleCountPeople"
ENROLL: Final = "FaceModuleEnroll"
FORGET: Final = "FaceModuleForget"
CONFIRM_FORGET: Final = "FaceModuleConfirmForget"
# Whoever asks waits; a module that sees somebody answers within a second or two.
_PATIENCE: Final = 6.0
_CONFIRM_WITHIN: Final = 60.0

type Slots = dict[str, str]
type Schema = dict[vol.Marker, Any]

_MODULE: Final[Schema] = {vol.Optional(SLOT_MODULE): cv.string}
_PERSON: Final[Schema] = {vol.Required(SLOT_PERSON): cv.string}


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody shall be forgotten, if it is confirmed."""

    person: Person
    until: float


# By the source of the speech.
DATA_ASKED: HassKey[dict[str, Asked]] = HassKey(f"{DOMAIN}.to_confirm")


async def async_setup_intents(hass: HomeAssistant) -> None:
    """Register all intents."""
    hass.data[DATA_ASKED] = {}
    for handler in HANDLERS:
        intent.async_register(hass, handler)


class Handler(intent.IntentHandler):
    """Answers in the speaker's language, also when something cannot be done."""

    slots: Schema = {}  # noqa: RUF012

    @property
    @override
    def slot_schema(self) -> Schema | None:
        return self.slots

    @override
    async def async_handle(self, intent_obj: intent.Intent) -> intent.IntentResponse:
        speaker = await async_speaker(intent_obj)
        given = self.async_validate_slots(intent_obj.slots)
        slots = {key: str(slot["value"]).strip() for key, slot in given.items()}
        response = intent_obj.create_response()
        try:
            response.async_set_speech(await self.async_answer(speaker, slots))
        except RefusalError as err:
            words = speaker.say(err.key, **err.placeholders)
        except HomeAssistantError as err:
            words = speaker.explain(err)
        else:
            return response
        code = intent.IntentResponseErrorCode.FAILED_TO_HANDLE
        response.async_set_error(code, words)
        return response

    @abstractmethod
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        """Do what is wanted and say so; raises RefusalError and HomeAssistantError."""


class WhoIsThere(Handler):
    """Asks a module. SetCallbackRequest."""

    intent_type = WHO_IS_THERE
    description = "Asks a face recognition module who stands in front of it right now"
    slots = _MODULE

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        entry = module_of(speaker, slots.get(SLOT_MODULE))
        async with translated_errors(speaker.hass, entry):
            visit = await async_ask(entry, _PATIENCE)
        if visit is None:
            return speaker.say("nobody")
        if visit.verdict is Verdict.REJECTED:
            return speaker.say(
                "rejected", name=_name(speaker, visit), **_why(speaker, visit)
            )
        return speaker.say(visit.verdict, name=_name(speaker, visit))


class LastVisitor(Handler):
    """Looks into the history of a module, or of all."""

    intent_type = LAST_VISITOR
    description = "Tells who was last seen by a face recognition module, and when"
    slots = _MODULE

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        found = _visits(speaker, slots.get(SLOT_MODULE))
        if (last := max(found, key=lambda visit: visit.time, default=None)) is None:
            return speaker.say("nobody_came")
        name, when = _name(speaker, last), speaker.when(last.last_seen)
        if last.verdict is Verdict.REJECTED:
            return speaker.say("last_rejected", name=name, when=when, **_why(speaker, last))
        return speaker.say(f"last_{last.verdict}", name=name, when=when)


class LastSeen(Handler):
    """Looks for somebody in the history of all modules; GetUserInfo for who is meant."""

    intent_type = LAST_SEEN
    description = (
        "Tells when and where a person was last recognized by a face recognition module,"
        " or with day=today whether the person was here today"
    )
    slots = _PERSON | {vol.Optional(SLOT_DAY): vol.In(["today"])}

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        person = await async_person_called(speaker, slots[SLOT_PERSON])
        visits = [
            visit
            for visit in _visits(speaker)
            if visit.user_id == person.user_id and visit.verdict is Verdict.RECOGNIZED
        ]
        last = max(visits, key=lambda visit: visit.last_seen, default=None)
        asked_today = SLOT_DAY in slots
        if last is None:
            days = max(
                options_of(entry)[CONF_HISTORY_DAYS]
                for entry in loaded_entries(speaker.hass)
            )
            key = "not_today" if asked_today else "not_seen"
            return speaker.say(key, name=person.name, days=str(days))
        entry = speaker.hass.config_entries.async_get_known_entry(last.entry_id)
        said = {
            "name": person.name,
            "when": speaker.when(last.last_seen),
            "module": name_of(speaker.hass, entry),
        }
        if not asked_today:
            return speaker.say("seen", **said)
        today = dt_util.as_local(last.last_seen).date() == dt_util.now().date()
        return speaker.say("seen_today" if today else "not_today_but", **said)


class CountPeople(Handler):
    """Counts the people of a module, or of each. GetUserNumber."""

    intent_type = COUNT_PEOPLE
    description = "Tells how many people are enrolled on the face recognition modules"
    slots = _MODULE

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        entries = [module_of(speaker, slots[SLOT_MODULE])] if slots else []
        entries = entries or loaded_entries(speaker.hass) or [module_of(speaker)]
        lines = []
        for entry in entries:
            async with translated_errors(speaker.hass, entry):
                count = await entry.runtime_data.client.count_users()
            key = "count_one" if count == 1 else "count"
            if len(entries) > 1:
                key = f"{key}_on"
            name = name_of(speaker.hass, entry)
            lines.append(speaker.say(key, count=str(count), module=name))
        return " ".join(lines) if speaker.language == "en" else "".join(lines)


class Enroll(Handler):
    """Enrolls whoever stands before the enrollment camera."""

    intent_type = ENROLL
    description = (
        "Enrolls the person who stands in front of the enrollment camera under a name,"
        " on all face recognition modules. Only when the user asked for it"
    )
    slots = _PERSON | _MODULE

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        entry = module_of(speaker, slots.get(SLOT_MODULE), has=CONF_ENROLLMENT_CAMERA)
        told = await async_enroll_speaker(speaker, entry, slots[SLOT_PERSON])
        if told.failed:
            modules = ", ".join(told.failed)
            return speaker.say("enrolled_but", name=told.name, modules=modules)
        return speaker.say("enrolled", name=told.name)


class Forget(Handler):
    """Asks for a confirmation; nothing is deleted yet."""

    intent_type = FORGET
    description = "Asks to delete one person from the face recognition modules"
    slots = _PERSON

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        await _async_check_all(speaker)
        if is_everybody(slots[SLOT_PERSON]):
            raise RefusalError("never_everybody")
        person = await async_person_called(speaker, slots[SLOT_PERSON])
        now = speaker.hass.loop.time()
        asked = speaker.hass.data[DATA_ASKED]
        for source in [key for key, one in asked.items() if one.until < now]:
            del asked[source]
        asked[speaker.source] = Asked(person, now + _CONFIRM_WITHIN)
        return speaker.say("confirm", name=person.name)


class ConfirmForget(Handler):
    """Deletes who was asked about a moment ago, by the same speaker. DeleteUser."""

    intent_type = CONFIRM_FORGET
    description = "Confirms that the person who was asked about is deleted"
    slots = _PERSON

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        await _async_check_all(speaker)
        person = await async_person_called(speaker, slots[SLOT_PERSON])
        asked = speaker.hass.data[DATA_ASKED].pop(speaker.source, None)
        if (
            asked is None
            or asked.person.user_id != person.user_id
            or asked.until < speaker.hass.loop.time()
        ):
            raise RefusalError("nothing_to_confirm", name=person.name)
        failed = await async_delete_everywhere(speaker.hass, person.user_id)
        if failed:
            names = ", ".join(name_of(speaker.hass, entry) for entry in failed)
            raise RefusalError("not_forgotten", name=person.name, modules=names)
        return speaker.say("forgotten", name=person.name)


async def _async_check_all(speaker: Speaker) -> None:
    """Raise RefusalError unless the speaker may change people on every module."""
    if not (entries := loaded_entries(speaker.hass)):
        raise RefusalError("no_module")
    for entry in entries:
        await async_check_may_change(speaker, entry)


def _visits(speaker: Speaker, named: str | None = None) -> list[Visit]:
    entries = [module_of(speaker, named)] if named else loaded_entries(speaker.hass)
    if not entries:
        raise RefusalError("no_module")
    return [visit for one in entries for visit in one.runtime_data.visits.history.visits]


def _name(speaker: Speaker, visit: Visit) -> str:
    return visit.name or visit.user_id or speaker.say("somebody")


def _why(speaker: Speaker, visit: Visit) -> dict[str, str]:
    return {"reason": speaker.say(f"reason_{visit.reason}")}


HANDLERS: Final = (
    WhoIsThere(),
    LastVisitor(),
    LastSeen(),
    CountPeople(),
    Enroll(),
    Forget(),
    ConfirmForget(),
)
