"""What every intent of ours has in common: its slots, and how it answers."""

from abc import abstractmethod
from typing import Any, Final, override

from homeassistant.exceptions import HomeAssistantError, UnknownUser
from homeassistant.helpers import config_validation as cv, intent
import voluptuous as vol

from ..permissions import acting_as, async_caller
from ..runtime import FaceModuleConfigEntry
from ..texts import joined
from .choosing import async_listen_for_module
from .modules import WhichModuleError, name_of
from .speaking import RefusalError, Speaker, async_speaker

SLOT_MODULE: Final = "module"
SLOT_PERSON: Final = "person"
SLOT_DAY: Final = "day"
SLOT_WHO: Final = "who"

type Slots = dict[str, str]
type Schema = dict[vol.Marker, Any]

MODULE: Final[Schema] = {vol.Optional(SLOT_MODULE): cv.string}
PERSON: Final[Schema] = {vol.Required(SLOT_PERSON): cv.string}


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
            with acting_as(await async_caller(speaker.hass, intent_obj.context)):
                response.async_set_speech(await self.async_answer(speaker, slots))
        except UnknownUser:
            words = speaker.say("not_allowed")
        except WhichModuleError as err:
            # A question is no failure.
            response.async_set_speech(_which(speaker, err.entries))
            await async_listen_for_module(intent_obj, err.entries, slots)
            return response
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


def _which(speaker: Speaker, entries: list[FaceModuleConfigEntry]) -> str:
    space = " " if speaker.language == "en" else ""
    either = f"{space}{speaker.say('or')}{space}"
    names = joined(either, (name_of(speaker.hass, entry) for entry in entries))
    return speaker.say("which_module", names=names)
