"""docs/security*.md and docs/privacy*.md: what they promise is so."""

import json
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.callbacks import receiver
from custom_components.face_module.client import CallbackKind, transport
from custom_components.face_module.const import DOMAIN, POLL_INTERVAL
from custom_components.face_module.device import pipeline
from custom_components.face_module.options import Options
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.pictures import uploads, views
from custom_components.face_module.visits import evidence
from custom_components.face_module.visits.seen import PEOPLE_KEPT
from custom_components.face_module.websocket import lines as websocket_lines
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import device_of, perform
from tests.conftest import settle

DOCS = Path(__file__).parent.parent.parent / "docs"
PAGES = ("security", "privacy")


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text(encoding="utf-8")


def shape(text: str) -> list[str]:
    """Return how a page is built: headings, rows, steps, code."""
    return [
        match[0]
        for line in text.splitlines()
        if (match := re.match(r" *(#+|\||\d+\.|-|```|[a-z_]+\.?[a-z_]*:| +- \S+)", line))
    ]


@pytest.mark.parametrize("name", PAGES)
def test_both_languages_say_the_same(name: str) -> None:
    english, chinese = page(name), page(f"{name}.zh-Hans")
    assert shape(english) == shape(chinese)
    assert len(shape(english)) > 40
    for code in (r"`[^`\n]+`", r"\d+ MiB|\d+ KiB", r"```.*?```"):
        found = [
            sorted(set(re.findall(code, text, re.DOTALL))) for text in (english, chinese)
        ]
        # Names of sections and buttons are words of their own in each language.
        assert found[0] == found[1], code


def test_the_figures_are_those_of_the_code() -> None:
    security, privacy = page("security"), page("privacy")
    limits = receiver.BODY_LIMITS
    assert limits[CallbackKind.HEARTBEAT] == limits[CallbackKind.STATUS] == 4 * 1024
    assert limits[CallbackKind.RECOGNITION] == 2 * 1024 * 1024
    assert "4 KiB; 2 MiB for a recognition" in security
    assert f"complete within {receiver.BODY_TIMEOUT:g} seconds" in security
    assert f"at most {transport.MAX_ANSWER // 2**20} MiB" in security
    times = f"{transport.TIMEOUT:g} seconds ({transport.PICTURE_TIMEOUT:g} with pictures)"
    assert times in security
    assert f"counts after {evidence.SETTLE_MAX:g} seconds, if it came three" in security
    assert (pipeline.REPEATED, pipeline.LAG) == (3, 1), "three times, over a second"
    hours = views._SIGNED_FOR.total_seconds() / 3600
    assert f"for {hours:g} hours, until Home Assistant restarts" in security
    assert websocket_lines._SIGNED_FOR.total_seconds() == 3600
    assert f"({Options().max_age} s unless you change it)" in security
    assert POLL_INTERVAL.total_seconds() == 60
    weakest = ("minimum_score", "require_liveness", "confirmations")
    assert [getattr(Options(), key) for key in weakest] == [0, False, 1]
    assert f"*Visits with a picture* ({Options().history_size})" in privacy
    assert f"*Days with a picture* ({Options().history_days})" in privacy
    assert f"*Days in the visit book* ({Options().book_days};" in privacy
    kept = f"{uploads.KEPT_FOR / 60:g} minutes, at most {uploads.MAX_PICTURES}"
    assert kept in privacy
    assert f"at most {PEOPLE_KEPT} people" in privacy


def traces(hass: HomeAssistant, stored: dict[str, Any], *words: str) -> set[str]:
    """Return what names somebody, or is a picture, of the files and what is stored."""
    found = {
        ".".join(key.split(".")[:2])
        for key, data in stored.items()
        if any(word in json.dumps(data) for word in words)
    }
    config = Path(hass.config.config_dir)
    for path in filter(Path.is_file, config.rglob("*")):
        data = path.read_bytes()
        if data.startswith(b"\xff\xd8") or any(word.encode() in data for word in words):
            found.add(path.relative_to(config).parts[0])
    return found


@pytest.fixture
async def zebulon(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    module: SimulatedModule,
    pictures: Path,
) -> str:
    """Somebody who is enrolled, was seen, and is remembered everywhere."""
    (photo := pictures / "zebulon.jpg").write_bytes(portrait("Zebulon"))
    await perform(
        hass,
        "enroll_user",
        device_id=device_of(hass, entry),
        name="Zebulon",
        path=str(photo),
    )
    await module.walk_by("zebulon")
    await settle(hass)
    await entry.runtime_data.visits.seen.async_save()
    await hass.data[DATA_ROSTER].async_save()
    photo.unlink()
    known = traces(hass, hass_storage, "zebulon", "Zebulon")
    assert known == {DOMAIN, f"{DOMAIN}.roster"}
    return "zebulon"


async def delete_visits(hass: HomeAssistant, entry: MockConfigEntry, user_id: str) -> None:
    options = hass.config_entries.options
    flow = await options.async_init(entry.entry_id)
    await options.async_configure(flow["flow_id"], {"next_step_id": "history"})
    await options.async_configure(flow["flow_id"], {"people": [f"user-{user_id}"]})
    await settle(hass)


async def test_who_is_deleted_as_the_page_says_leaves_no_trace(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    module: SimulatedModule,
    zebulon: str,
) -> None:
    device_id = device_of(hass, entry)
    assert any(record.user_id == zebulon for record in module.records)
    await perform(hass, "delete_user", device_id=device_id, user_id=zebulon)
    await perform(hass, "delete_records", device_id=device_id, user_id=zebulon)
    await delete_visits(hass, entry, zebulon)
    await hass.data[DATA_ROSTER].async_save()
    assert zebulon not in module.users
    assert not any(record.user_id == zebulon for record in module.records)
    assert traces(hass, hass_storage, "zebulon", "Zebulon") == set()
    assert "anna" in module.users


async def test_everything_is_deleted_as_the_page_says(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    entry: MockConfigEntry,
    module: SimulatedModule,
    zebulon: str,
) -> None:
    device_id = device_of(hass, entry)
    for action in ("clear_users", "clear_records"):
        await perform(hass, action, device_id=device_id, confirm=True)
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert not module.users
    assert not module.records
    assert traces(hass, hass_storage, "zebulon", "Zebulon") == set()
    assert not Path(hass.config.path(DOMAIN)).exists()


async def test_only_the_user_of_the_process_can_read_what_is_kept(
    hass: HomeAssistant, entry: MockConfigEntry, zebulon: str
) -> None:
    config = Path(hass.config.config_dir)
    kept = [path for path in (config / DOMAIN).rglob("*") if path.is_file()]
    # The pictures of the roster and of the visit, and the book: three files while open.
    assert len(kept) == 5
    for path in kept:
        assert path.stat().st_mode & 0o077 == 0, path
