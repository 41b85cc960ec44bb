"""Who is who, kept by Home Assistant: linked people, minimum scores and pictures."""

import asyncio
from http import HTTPStatus
from pathlib import Path
import stat
from typing import Any
from unittest.mock import patch

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people import kept
from custom_components.face_module.people.kept import KeptPictures
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER, Roster, digest
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import (
    complaints,
    device_of,
    nothing_can_be_written,
    perform,
    photo,
    state_of,
    visits_of,
)
from tests.conftest import SetUp, settle
from tests.people.kit import files, folder

KEY = f"{DOMAIN}.roster"
ANNA = {
    "name": "Anna",
    "person": "person.anna",
    "minimum_score": 95.0,
    "picture": None,
}


def stored(minor: int, people: dict[str, Any], version: int = 1) -> dict[str, Any]:
    return {
        "version": version,
        "minor_version": minor,
        "key": KEY,
        "data": {"people": people},
    }


async def read_again(hass: HomeAssistant) -> Roster:
    """Return the roster as the next start of Home Assistant would read it."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await settle(hass)
    roster = Roster(hass)
    await roster.async_load()
    return roster


async def test_the_roster_survives_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled(entry.entry_id, "ben", "Ben", portrait("Ben"))
    roster.async_put(RosterPerson(user_id="eva", name="Eva", minimum_score=80))
    again = await read_again(hass)
    assert again.people == roster.people
    assert await again.async_picture("ben") == portrait("Ben")
    assert await again.async_picture("eva") is None
    assert await again.async_picture("nobody") is None


async def test_a_roster_of_an_earlier_release_is_read(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    hass_storage[KEY] = stored(1, {"anna": ANNA})
    roster = Roster(hass)
    await roster.async_load()
    assert roster.people == {
        "anna": RosterPerson(
            user_id="anna", name="Anna", person="person.anna", minimum_score=95
        )
    }
    assert hass_storage[KEY]["minor_version"] == 4, "and kept as it is now"
    assert hass_storage[KEY]["data"]["people"]["anna"]["modules"] == {}
    assert hass_storage[KEY]["data"]["people"]["anna"]["user_id"] == "anna"


async def test_a_roster_of_a_later_release_is_left_alone(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    later = stored(1, {"anna": {"unheard": "of"}}, version=2)
    hass_storage[KEY] = later
    assert not await async_setup_component(hass, DOMAIN, {})
    assert hass_storage[KEY] == later


async def test_pictures_that_belong_to_nobody_are_removed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled(entry.entry_id, "ben", "Ben", portrait("Ben"))
    (folder(hass) / "half.tmp").write_bytes(b"half")
    (folder(hass) / f"{'0' * 32}.jpg").write_bytes(portrait("Eva"))
    await read_again(hass)
    assert [path.read_bytes() for path in files(hass)] == [portrait("Ben")]


async def test_a_roster_that_cannot_be_read_costs_no_picture(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled(entry.entry_id, "ben", "Ben", portrait("Ben"))
    await settle(hass)
    hass_storage.pop(KEY, None)
    again = Roster(hass)
    await again.async_load()
    assert not again.people
    assert len(files(hass)) == 1


async def test_pictures_are_for_the_owner_of_the_process_only(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled(entry.entry_id, "../../ben", "Ben", portrait("Ben"))
    (path,) = files(hass)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_picture_that_cannot_be_written_leaves_no_half_of_itself(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    pictures = KeptPictures(hass)
    with nothing_can_be_written():
        assert not await pictures.async_write("ben", portrait("Ben"))
    assert files(hass) == []


async def test_a_picture_that_is_gone_is_none(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled(entry.entry_id, "ben", "Ben", portrait("Ben"))
    files(hass)[0].unlink()
    assert await roster.async_picture("ben") is None


async def test_the_same_picture_again_is_not_written(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    changes: list[bool] = []
    undo = roster.async_subscribe(lambda: changes.append(True))
    for _ in range(2):
        await roster.async_enrolled(entry.entry_id, "ben", "Ben", portrait("Ben"))
    assert changes == [True]
    undo()
    await roster.async_enrolled(entry.entry_id, "ben", "Benjamin", portrait("Ben"))
    assert changes == [True]
    assert roster.get("ben").name == "Benjamin"


async def test_several_modules_may_be_given_somebody_at_once(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    for number in range(20):
        jpeg = portrait("Ben", variation=number)
        await asyncio.gather(
            *(roster.async_enrolled(f"{n}", "ben", "Ben", jpeg) for n in range(5))
        )
        assert await roster.async_picture("ben") == jpeg
    assert set(roster.get("ben").modules.values()) == {f"{digest(jpeg)}:"}
    assert len(files(hass)) == 1


async def test_removing_the_last_module_forgets_everybody(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    hass_storage: dict[str, Any],
) -> None:
    entry = await set_up()
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as two:
        other = await set_up(two)
        roster = hass.data[DATA_ROSTER]
        await roster.async_enrolled(entry.entry_id, "ben", "Ben", portrait("Ben"))
        await hass.config_entries.async_remove(entry.entry_id)
        assert roster.get("ben").modules == {}, "but nobody while there is another"
        assert len(files(hass)) == 1
        await hass.config_entries.async_remove(other.entry_id)
    assert not roster.people
    assert not folder(hass).exists()
    assert KEY not in hass_storage


async def test_an_event_names_the_linked_person(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    hass.data[DATA_ROSTER].async_put(
        RosterPerson(user_id="anna", name="Anna", person="person.anna")
    )
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert state_of(hass, "event.recognition").attributes["person"] == "person.anna"
    assert state_of(hass, "sensor.last_person").attributes["person"] == "person.anna"
    assert visits_of(entry)[0].person == "person.anna"
    await module.send_recognition("chenwei")
    await settle(hass)
    assert state_of(hass, "event.recognition").attributes["person"] is None


async def test_a_person_that_is_renamed_stays_linked(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    known = registry.async_get_or_create(
        "person", "person", "1", suggested_object_id="anna"
    )
    roster = hass.data[DATA_ROSTER]
    roster.async_put(RosterPerson(user_id="anna", name="Anna", person=known.entity_id))
    roster.async_put(RosterPerson(user_id="ben", name="Ben", person="person.ben"))
    registry.async_update_entity(known.entity_id, new_entity_id="person.anna_maria")
    registry.async_update_entity("person.anna_maria", name="Anna Maria")
    await settle(hass)
    assert roster.get("anna").person == "person.anna_maria"
    assert roster.get("ben").person == "person.ben"


@pytest.mark.parametrize(
    ("option", "own", "score", "verdict"),
    [
        (0, 90, 0.89, "rejected"),
        (0, 90, 0.90, "recognized"),
        (80, 90, 0.85, "rejected"),
        (95, 90, 0.92, "rejected"),
        (95, None, 0.96, "recognized"),
        (0, None, 0.10, "recognized"),
    ],
)
async def test_a_persons_own_minimum_score_counts_besides_the_option(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    option: int,
    own: float | None,
    score: float,
    verdict: str,
) -> None:
    await set_up(minimum_score=option)
    hass.data[DATA_ROSTER].async_put(
        RosterPerson(user_id="anna", name="Anna", minimum_score=own)
    )
    await module.send_heartbeat()
    await module.send_recognition("anna", score)
    await settle(hass)
    event = state_of(hass, "event.recognition").attributes
    assert event["event_type"] == verdict
    assert event["reason"] == ("low_score" if verdict == "rejected" else None)


async def test_only_administrators_see_who_is_enrolled(
    hass: HomeAssistant,
    device_id: str,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    answer = await perform(hass, "get_user", device_id=device_id, user_id="anna")
    client = await hass_client()
    found = await client.get(answer["picture"])
    assert found.status == HTTPStatus.OK
    assert found.content_type == "image/jpeg"
    assert await found.read() == portrait("Anna")
    assert "no-cache" in found.headers["Cache-Control"]
    reader = await hass_client(hass_read_only_access_token)
    assert (await reader.get(answer["picture"])).status == HTTPStatus.UNAUTHORIZED
    anybody = await hass_client_no_auth()
    assert (await anybody.get(answer["picture"])).status == HTTPStatus.UNAUTHORIZED


async def test_a_picture_that_is_not_there_is_not_found(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    client = await hass_client()

    async def status(entry_id: str, user_id: str) -> int:
        path = f"/api/face_module/people/{entry_id}/{user_id}"
        answer = await client.get(path)
        return int(answer.status)

    assert await status(entry.entry_id, "nobody") == HTTPStatus.NOT_FOUND
    assert await status("another", "anna") == HTTPStatus.NOT_FOUND
    module.add_user("odd", "Odd")
    object.__setattr__(module.users["odd"], "photo", b"no picture")
    assert await status(entry.entry_id, "odd") == HTTPStatus.NOT_FOUND
    await module.pull_cable()
    assert await status(entry.entry_id, "anna") == HTTPStatus.BAD_GATEWAY


async def test_any_user_id_makes_an_address(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    module.add_user("a/b?c#陈 %", "Odd")
    answer = await perform(
        hass, "get_user", device_id=device_of(hass, entry), user_id="a/b?c#陈 %"
    )
    client = await hass_client()
    found = await client.get(answer["picture"])
    assert await found.read() == portrait("Odd")


def test_a_digest_tells_pictures_apart() -> None:
    assert digest(b"one") != digest(b"two")
    assert len(digest(b"")) == 32


async def test_the_roster_learns_what_modules_were_given(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, picture: str
) -> None:
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    known = hass.data[DATA_ROSTER].get("ben")
    jpeg = await hass.data[DATA_ROSTER].async_picture("ben") or b""
    assert known.name == "Ben"
    assert known.picture == digest(jpeg)
    assert known.modules == {entry.entry_id: f"{digest(jpeg)}:{digest(jpeg)}"}


async def test_without_room_for_its_picture_somebody_is_enrolled_all_the_same(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    full = OSError(28, "No space left on device")
    with patch.object(kept, "write_whole", side_effect=full):
        await perform(
            hass,
            "enroll_user",
            device_id=device_id,
            name="Ben",
            path=photo(pictures, "Ben"),
        )
    assert "ben" in module.users
    assert hass.data[DATA_ROSTER].get("ben").picture is None
    (line,) = complaints(caplog)
    assert "No space left" in line
    assert "Ben" not in line
