"""What changes people: enrolling and forgetting, both after a yes that names them."""

from typing import Final, NamedTuple, override

from ..const import CONF_ENROLLMENT_CAMERA
from ..device.state import Person
from ..fleet.everywhere import async_delete_everywhere
from ..runtime import FaceModuleConfigEntry
from .asked import DATA_ASKED
from .enrolling import ToEnroll, async_enroll_speaker, async_to_enroll
from .handler import MODULE, PERSON, SLOT_MODULE, SLOT_PERSON, Handler, Slots
from .modules import are_all, module_of, modules_of, names_of, ready, ready_modules
from .names import Spoken, is_everybody, spoken_name
from .people import async_person_called, is_said_alike
from .permission import async_may_change
from .speaking import RefusalError, Speaker

ENROLL: Final = "FaceModuleEnroll"
CONFIRM_ENROLL: Final = "FaceModuleConfirmEnroll"
FORGET: Final = "FaceModuleForget"
CONFIRM_FORGET: Final = "FaceModuleConfirmForget"


class ToForget(NamedTuple):
    """Who shall be forgotten, by which modules."""

    person: Person
    entries: list[FaceModuleConfigEntry]


class Enroll(Handler):
    """Asks for a confirmation; nobody is enrolled yet."""

    intent_type = ENROLL
    description = (
        "Asks to enroll the person who stands in front of the enrollment camera under a"
        " name, on the face recognition modules. Only when the user asked for it"
    )
    slots = PERSON | MODULE

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        said = spoken_name(slots[SLOT_PERSON])
        entry = _module_meant(speaker, said, slots.get(SLOT_MODULE))
        wanted = await async_to_enroll(speaker, entry, said.name)
        speaker.hass.data[DATA_ASKED].put(speaker, wanted)
        if are_all(speaker.hass, wanted.entries):
            return speaker.say("confirm_enroll", name=wanted.name)
        modules = names_of(speaker.hass, wanted.entries, speaker.comma)
        return speaker.say("confirm_enroll_on", name=wanted.name, modules=modules)


class ConfirmEnroll(Handler):
    """Enrolls who was asked about a moment ago, for the same speaker."""

    intent_type = CONFIRM_ENROLL
    description = (
        "Enrolls the person who was asked about. Only after the user said yes to it"
    )
    slots = PERSON

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        hass, asked = speaker.hass, speaker.hass.data[DATA_ASKED]
        await async_may_change(speaker, ready_modules(speaker))
        name = spoken_name(slots[SLOT_PERSON]).name
        wanted = asked.take(speaker, ToEnroll)
        if wanted is None or not is_said_alike(wanted.name, name):
            raise RefusalError("nothing_to_enroll", name=name)
        # Meanwhile something may have changed; never on more modules than was said.
        now = await async_to_enroll(speaker, ready(hass, wanted.entries[0]), wanted.name)
        entries = [entry for entry in now.entries if entry in wanted.entries]
        wanted = ToEnroll(wanted.name, entries)
        try:
            failed = await async_enroll_speaker(speaker, wanted)
        except RefusalError:
            # They may look into the camera, and say yes again.
            asked.put(speaker, wanted)
            raise
        if failed:
            modules = names_of(hass, failed, speaker.comma)
            return speaker.say("enrolled_but", name=wanted.name, modules=modules)
        return speaker.say("enrolled", name=wanted.name)


class Forget(Handler):
    """Asks for a confirmation; nothing is deleted yet."""

    intent_type = FORGET
    description = "Asks to delete one person from the face recognition modules"
    slots = PERSON

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        hass = speaker.hass
        entries = await _async_may_forget(speaker)
        if is_everybody(slots[SLOT_PERSON]):
            raise RefusalError("never_everybody")
        person = await async_person_called(speaker, slots[SLOT_PERSON])
        hass.data[DATA_ASKED].put(speaker, ToForget(person, entries))
        if are_all(hass, entries):
            return speaker.say("confirm", name=person.name)
        modules = names_of(hass, entries, speaker.comma)
        return speaker.say("confirm_on", name=person.name, modules=modules)


class ConfirmForget(Handler):
    """Deletes who was asked about a moment ago, by the same speaker. DeleteUser."""

    intent_type = CONFIRM_FORGET
    description = "Confirms that the person who was asked about is deleted"
    slots = PERSON

    @override
    async def async_answer(self, speaker: Speaker, slots: Slots) -> str:
        hass = speaker.hass
        allowed = await _async_may_forget(speaker)
        person = await async_person_called(speaker, slots[SLOT_PERSON])
        wanted = hass.data[DATA_ASKED].take(speaker, ToForget)
        if wanted is None or wanted.person != person:
            raise RefusalError("nothing_to_confirm", name=person.name)
        entries = [entry for entry in wanted.entries if entry in allowed]
        if not entries:
            raise RefusalError("nothing_to_confirm", name=person.name)
        done = await async_delete_everywhere(
            hass, person.user_id, called=person.name, entries=entries
        )
        if done.failed:
            modules = names_of(hass, (entry for entry, _ in done.failed), speaker.comma)
            raise RefusalError("not_forgotten", name=person.name, modules=modules)
        if done.waiting:
            modules = names_of(hass, done.waiting, speaker.comma)
            return speaker.say("forgotten_later", name=person.name, modules=modules)
        return speaker.say("forgotten", name=person.name)


async def _async_may_forget(speaker: Speaker) -> list[FaceModuleConfigEntry]:
    """Return where the speaker may forget people, also on modules that are away.

    Raises RefusalError where there is none, or none of all that is set up.
    """
    ready_modules(speaker)
    return await async_may_change(speaker, modules_of(speaker))


def _module_meant(
    speaker: Speaker, said: Spoken, named: str | None
) -> FaceModuleConfigEntry:
    """Return the module with the camera: of a place that was said, else the speaker's.

    Raises RefusalError.
    """
    if named is None and said.place and not said.is_any_place:
        named = said.place
    elif named is None and said.place:
        try:
            (entry,) = modules_of(speaker, said.place)
        except RefusalError, ValueError:
            # "At the door" is where everybody is enrolled.
            pass
        else:
            return ready(speaker.hass, entry)
    return module_of(speaker, named, has=CONF_ENROLLMENT_CAMERA)
