"""What was asked, and waits for the yes of the same speaker."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .speaking import Speaker

_CONFIRM_WITHIN: Final = 60.0


class _Question(NamedTuple):
    about: Any
    until: float


@dataclass(slots=True, eq=False)
class Asked:
    """The last question to each speaker; it is forgotten after a minute."""

    hass: HomeAssistant
    _questions: dict[str, _Question] = field(default_factory=dict)

    def put(self, speaker: Speaker, about: Any) -> None:
        """Remember what somebody was asked; what they were asked before is void."""
        now = self.hass.loop.time()
        old = [key for key, one in self._questions.items() if one.until < now]
        for source in old:
            del self._questions[source]
        self._questions[speaker.source] = _Question(about, now + _CONFIRM_WITHIN)

    def take[T](self, speaker: Speaker, kind: type[T]) -> T | None:
        """Return what somebody was asked about, once; None if it was something else."""
        question = self._questions.get(speaker.source)
        if question is None or not isinstance(question.about, kind):
            return None
        del self._questions[speaker.source]
        return question.about if question.until >= self.hass.loop.time() else None


DATA_ASKED: HassKey[Asked] = HassKey(f"{DOMAIN}.to_confirm")
