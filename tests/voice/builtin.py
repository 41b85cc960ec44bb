"""Home Assistant's own sentences, said at random: from the package that ships them.

The package has templates, no sentences. Each is said some times, with another choice at
every fork; the same seed says the same.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.intents import IntentData, Intents, RangeSlotList, SlotList, TextSlotList
from hassil.util import normalize_whitespace
from home_assistant_intents import get_intents

# What a sentence may call things: (name, entity id, attributes) for entities.
AREAS: Final = {
    "en": ("kitchen", "front door", "garage"),
    "zh-CN": ("厨房", "前门", "车库"),
}
FLOORS: Final = {"en": ("upstairs", "ground floor"), "zh-CN": ("楼上", "一楼")}
NAMES: Final = {
    "en": {"person": "Anna", "todo": "my face list", "*": "front door {domain}"},
    "zh-CN": {"person": "安娜", "todo": "人员清单", "*": "前门{domain}"},
}
_DOMAINS: Final = (
    *("light", "switch", "fan", "cover", "climate", "media_player", "lock", "vacuum"),
    *("person", "todo", "weather", "binary_sensor", "sensor", "lawn_mower", "valve"),
    *("scene", "script", "camera", "humidifier", "water_heater", "timer", "zone"),
)
# What people say where anything may be said; also what could be taken for a person.
_ANYTHING: Final = {
    "en": ("pizza", "milk", "Anna", "a new face", "the person at the door", "my face"),
    "zh-CN": ("披萨", "牛奶", "安娜", "新的人脸识别门锁", "门口的人", "我的脸"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of Home Assistant, and whether the speaker's area belongs to it."""

    words: str
    intent: str
    template: str
    has_area: bool


def entities(language: str) -> Iterator[tuple[str, str]]:
    """Return entity ids and names: one of every kind that sentences speak of."""
    names = NAMES[language]
    for domain in _DOMAINS:
        yield f"{domain}.one", names.get(domain, names["*"]).format(domain=domain)


class Mouth:
    """Says the sentences of a language."""

    def __init__(self, language: str, seed: int) -> None:
        """Read the templates; `language` is called as the package calls it."""
        built_in = get_intents(language)
        assert built_in is not None
        self.intents = Intents.from_dict(built_in)
        self._language = language
        self._random = Random(seed)

    def sentences(self, times: int) -> Iterator[Said]:
        """Say every template some times."""
        for intent in self.intents.intents.values():
            for data in intent.data:
                has_area = "area" in (data.requires_context or {})
                for sentence in data.sentences:
                    said = {self._say(data, sentence) for _ in range(times)}
                    for words in sorted(said):
                        yield Said(words, intent.name, sentence.text or "", has_area)

    def _say(self, data: IntentData, sentence: Sentence) -> str:
        domains = (data.requires_context or {}).get("domain") or _DOMAINS
        domains = [domains] if isinstance(domains, str) else list(domains)
        rules = {**self.intents.expansion_rules, **data.expansion_rules}
        lists = {**self.intents.slot_lists, **data.slot_lists}
        words = self._speak(sentence.expression, rules, lists, domains)
        return normalize_whitespace(words).strip()

    def _speak(
        self,
        expression: Expression,
        rules: Mapping[str, Sentence],
        lists: Mapping[str, SlotList],
        domains: list[str],
    ) -> str:
        def speak(one: Expression) -> str:
            return self._speak(one, rules, lists, domains)

        match expression:
            case TextChunk():
                return expression.original_text
            case Alternative():
                return speak(self._random.choice(expression.items))
            case Permutation():
                items = self._random.sample(expression.items, len(expression.items))
                return " ".join(map(speak, items))
            case Group():
                return "".join(map(speak, expression.items))
            case RuleReference():
                return speak(rules[expression.rule_name].expression)
            case ListReference():
                return self._value(expression.list_name, lists, domains, speak)
        raise AssertionError(expression)

    def _value(
        self, name: str, lists: Mapping[str, SlotList], domains: list[str], speak: Any
    ) -> str:
        match name, lists.get(name):
            case "name", _:
                names = dict(entities(self._language))
                known = [n for i, n in names.items() if i.partition(".")[0] in domains]
                return self._random.choice(known or list(names.values()))
            case "area", _:
                return self._random.choice(AREAS[self._language])
            case "floor", _:
                return self._random.choice(FLOORS[self._language])
            case _, TextSlotList(values=values):
                text = self._random.choice(values).text_in
                return text if isinstance(text, str) else str(speak(text))
            case _, RangeSlotList() as numbers:
                return str(self._random.choice(list(numbers.get_numbers())))
        return self._random.choice(_ANYTHING[self._language])
