"""The pages docs/actions*.md, read, and a house as they tell of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
import yaml

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH, CHINESE = "actions.md", "actions.zh-Hans.md"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in (ENGLISH, CHINESE)}
LANGUAGES = {ENGLISH: "en", CHINESE: "zh-Hans"}
# What the pages call the modules, and the entry of the first.
FRONT = "3f0c9a5be1d84c7e9b2a6d4f8e1c7a55"
GARAGE = "c81d72e60b9f4a3db5e7f3a9d2046b18"
ENTRY = "01M87TWSC5DPAD7A2GB9NA7VHC"


@dataclass(frozen=True, slots=True)
class Example:
    """A call of an action and its answer, as a page has them."""

    page: str
    action: str
    call: dict[str, Any]
    answer: Any


def blocks(text: str, language: str = "yaml") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def sections(page: str) -> dict[str, str]:
    """Return the text about each action."""
    parts = re.split(r"^#{2,3} (.+)$", PAGES[page], flags=re.MULTILINE)[1:]
    titles, texts = parts[::2], parts[1::2]
    assert len(titles) == len(set(titles))
    return {
        title.removeprefix(f"`{DOMAIN}.").removesuffix("`"): text
        for title, text in zip(titles, texts, strict=True)
        if title.startswith(f"`{DOMAIN}.")
    }


def examples(page: str) -> list[Example]:
    """Return every call with the answer that follows it."""
    found = []
    for action, text in sections(page).items():
        loaded = [yaml.safe_load(block) for block in blocks(text)]
        calls, answers = loaded[::2], loaded[1::2]
        assert len(calls) == len(answers) > 0, action
        for call, answer in zip(calls, answers, strict=True):
            assert call["action"] == f"{DOMAIN}.{action}"
            found.append(Example(page, action, call, answer))
    return found


@dataclass(slots=True)
class House:
    """Two modules, files and a camera, as the pages tell of them."""

    hass: HomeAssistant
    front: SimulatedModule
    garage: SimulatedModule
    entry: MockConfigEntry
    folder: Path
    names: dict[str, str]
    camera: bytes

    def real(self, node: Any) -> Any:
        """Return what a page says with our IDs and paths."""
        if isinstance(node, dict):
            return {key: self.real(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self.real(item) for item in node]
        if isinstance(node, str):
            for name, ours in self.names.items():
                node = node.replace(name, ours)
        return node

    def put(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


type MakeHouse = Callable[[str], Awaitable[House]]


def camera(house: House) -> Any:
    """Let the doorbell show `house.camera`."""

    class Image:
        content = house.camera

    return patch("homeassistant.components.camera.async_get_image", return_value=Image())


async def backup(house: House) -> None:
    (house.folder / "backup").mkdir()


async def other_people(house: House) -> None:
    house.garage.add_user("anna", "Anna")
    house.garage.add_user("eva", "Eva")
