"""People go from one module to others: added, mirrored, from and to the roster."""

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.face_module.fleet import members
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import SimulatedModule
from simulator.calls import people as simulated_people
from simulator.portraits import portrait
from tests.common import perform, refused
from tests.conftest import Another
from tests.fleet.kit import Fleet, a_person, counts, errors, photos, running
from tests.people.kit import half_done


async def test_sync_adds_who_is_missing(
    hass: HomeAssistant, three: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    (one, first), (two, second), (third, last) = three
    for name in ("Anna", "Ben"):
        one.add_user(name.lower(), name)
    two.add_user("ben", "Benedict", portrait("Benedict"))
    two.add_user("eva", "Eva")
    report = await perform(
        hass, "sync_users", source_device_id=first, device_id=[second, last]
    )
    assert counts(report) == {"added": 3, "unchanged": 1}
    assert two.users["anna"].photo == one.users["anna"].photo
    assert two.users["ben"].name == "Benedict", "add replaces nobody"
    assert "eva" in two.users
    assert third.users.keys() == one.users.keys()
    assert hass.data[DATA_ROSTER].get("anna").name == "Anna"


async def test_mirror_replaces_and_removes_too(hass: HomeAssistant, three: Fleet) -> None:
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben", "Zoe"):
        one.add_user(name.lower(), name)
    two.add_user("zoe", "Zoe")
    two.add_user("ben", "Ben", portrait("Benedict"))
    two.add_user("eva", "Eva")
    data = {"source_device_id": first, "device_id": second, "mode": "mirror"}
    before = dict(two.users)
    plan = await perform(hass, "sync_users", dry_run=True, **data)
    assert plan["dry_run"]
    assert two.users == before
    report = await perform(hass, "sync_users", **data)
    expected = {"added": 1, "replaced": 1, "removed": 1, "unchanged": 1}
    assert counts(plan) == counts(report) == expected
    assert {line["name"]: line["result"] for line in plan["people"]} == {
        line["name"]: line["result"] for line in report["people"]
    }
    assert two.users == one.users
    assert counts(await perform(hass, "sync_users", **data)) == {"unchanged": 3}


async def test_of_some_people_only_these_are_brought_in_line(
    hass: HomeAssistant, three: Fleet
) -> None:
    """What the card offers for each: add, make it as there, delete, take into the list."""
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben", "Zoe"):
        one.add_user(name.lower(), name)
    two.add_user("ben", "Ben", portrait("Benedict"))
    two.add_user("zoe", "Zoe", portrait("Zoltan"))
    two.add_user("eva", "Eva")
    two.add_user("ida", "Ida")
    to_second = {"source_device_id": first, "device_id": second}
    report = await perform(hass, "sync_users", user_id="anna", **to_second)
    assert counts(report) == {"added": 1}
    assert set(two.users) == {"anna", "ben", "zoe", "eva", "ida"}
    report = await perform(hass, "sync_users", mode="mirror", user_id=["ben"], **to_second)
    assert counts(report) == {"replaced": 1}
    assert two.users["ben"] == one.users["ben"]
    assert two.users["zoe"] != one.users["zoe"]
    report = await perform(hass, "sync_users", mode="mirror", user_id=["eva"], **to_second)
    assert counts(report) == {"removed": 1}
    assert set(two.users) == {"anna", "ben", "zoe", "ida"}
    report = await perform(hass, "sync_users", source_device_id=second, user_id=["ida"])
    assert counts(report) == {"added": 1}
    assert hass.data[DATA_ROSTER].get("ida").name == "Ida"
    assert hass.data[DATA_ROSTER].get("zoe") is None


async def test_people_alike_are_copied_as_they_are(
    hass: HomeAssistant, three: Fleet
) -> None:
    (one, first), (two, second), _ = three
    one.add_user("twin_1", "Anna")
    one.add_user("twin_2", "Eva", portrait("Anna", variation=1))
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert counts(report) == {"added": 2}
    assert two.users == one.users


async def test_the_roster_is_a_source(hass: HomeAssistant, three: Fleet) -> None:
    (one, first), (two, second), _ = three
    one.quirks.no_register_img = True
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled("another", "ben", "Ben", portrait("Ben"))
    roster.async_put(a_person("eva", "Eva", "person.eva", 50))
    report = await perform(hass, "sync_users", device_id=[first, second])
    assert counts(report) == {"added": 2, "failed": 2}
    assert "no picture to copy" in errors(report)["Eva"]
    assert one.users["ben"].photo == two.users["ben"].photo == portrait("Ben")


async def test_the_roster_learns_from_a_module(hass: HomeAssistant, three: Fleet) -> None:
    simulated, device = three[0]
    for name in ("Anna", "Ben"):
        simulated.add_user(name.lower(), name)
    data = {"source_device_id": device}
    plan = await perform(hass, "sync_users", dry_run=True, **data)
    assert counts(plan) == {"added": 2}
    assert not hass.data[DATA_ROSTER].people
    assert counts(await perform(hass, "sync_users", **data)) == {"added": 2}
    assert await hass.data[DATA_ROSTER].async_picture("anna") == portrait("Anna")
    simulated.add_user("ben", "Benjamin", portrait("Ben"))
    simulated.quirks.no_register_img = True
    simulated.add_user("eva", "Eva")
    report = await perform(hass, "sync_users", **data)
    assert counts(report) == {"unchanged": 1, "failed": 2}
    assert hass.data[DATA_ROSTER].get("ben").name == "Ben", "Benjamin may be another"


async def test_firmware_that_gives_no_pictures_is_copied_from_the_roster(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    (one, first), (two, second), _ = three
    one.quirks.no_register_img = True
    photos(pictures, "Ben")
    await perform(hass, "import_users", device_id=first, path=str(pictures))
    one.add_user("anna", "Anna")
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report).keys() == {"anna"}
    assert two.users.keys() == {"ben"}


@pytest.mark.parametrize("mode", ["add", "mirror"])
async def test_an_empty_source_changes_nothing(
    hass: HomeAssistant, three: Fleet, mode: str
) -> None:
    (_, first), (two, second), _ = three
    two.add_user("anna", "Anna")
    data = {"device_id": second, "mode": mode}
    assert await refused(hass, "sync_users", **data) == "source_empty"
    data["source_device_id"] = first
    assert await refused(hass, "sync_users", **data) == "source_empty"
    assert "anna" in two.users


async def test_a_sync_needs_two_sides(hass: HomeAssistant, three: Fleet) -> None:
    device = three[0][1]
    assert await refused(hass, "sync_users") == "nothing_to_sync"
    data = {"source_device_id": device, "device_id": device}
    assert await refused(hass, "sync_users", **data) == "source_is_target"
    data = {"source_device_id": "nothing", "device_id": device}
    with pytest.raises(HomeAssistantError):
        await perform(hass, "sync_users", **data)


async def test_who_is_deleted_meanwhile_is_a_line(
    hass: HomeAssistant, three: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, first), (_, second), _ = three
    one.add_user("anna", "Anna")
    one.faults.refuse.add("GetUserInfo")
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert errors(report) == {"anna": "The module does not know the user ID anna."}


async def test_a_mirror_can_be_cancelled(hass: HomeAssistant, three: Fleet) -> None:
    (one, first), (two, second), _ = three
    one.add_user("anna", "Anna")
    two.add_user("anna", "Anna")
    two.add_many(200)
    two.faults.latency = 0.01
    data = {"source_device_id": first, "device_id": second, "mode": "mirror"}
    job = asyncio.create_task(perform(hass, "sync_users", **data))
    await running(hass)
    while len(two.users) == 201:
        await asyncio.sleep(0.001)
    await perform(hass, "cancel_jobs", device_id=second)
    report = await job
    assert report["cancelled"]
    assert 0 < len(two.users) < 201


@pytest.mark.parametrize("to_roster", [False, True])
async def test_a_plan_can_be_cancelled(
    hass: HomeAssistant, three: Fleet, *, to_roster: bool
) -> None:
    (one, first), (_, second), _ = three
    one.add_many(200)
    one.faults.latency = 0.01
    data: dict[str, Any] = {"source_device_id": first, "dry_run": True}
    if not to_roster:
        data["device_id"] = second
    job = asyncio.create_task(perform(hass, "sync_users", **data))
    await running(hass)
    await perform(hass, "cancel_jobs", device_id=first)
    report = await job
    assert report["cancelled"]
    assert 0 < report["added"] < 200


async def test_large_modules_are_compared_by_their_ids(
    hass: HomeAssistant, three: Fleet
) -> None:
    (one, first), (two, second), _ = three
    one.add_many(5000)
    two.add_many(5000)
    one.add_user("anna", "Anna")
    one.requests.clear()
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert counts(report) == {"added": 1, "unchanged": 5000}
    asked = [request.name for request in one.requests]
    assert asked.count("GetUserList") == 7
    assert asked.count("GetUserInfo") == 1


async def test_a_mirror_removes_nobody_who_is_half_done_on_the_source(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    simulated, _, other = another
    simulated.add_user("anna", "Anna")
    await half_done(hass, module, device_id, pictures)
    module.faults.refuse.add("AddUser")
    data = {"source_device_id": device_id, "device_id": other, "mode": "mirror"}
    report = await perform(hass, "sync_users", **data)
    assert report["removed"] == 0
    assert "anna" in simulated.users


async def test_a_mirror_removes_nobody_whom_the_list_left_out(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Another
) -> None:
    simulated, _, other = another
    for name in ("Anna", "Ben", "Zoe"):
        module.add_user(name.lower(), name)
        simulated.add_user(name.lower(), name)
    simulated.add_user("gone", "Gone")
    real = type(module.users).__iter__

    class Short(dict[str, Any]):
        def __iter__(self) -> Any:
            return iter(list(real(self))[:2])

    module.users = Short(module.users)
    data = {"source_device_id": device_id, "device_id": other, "mode": "mirror"}
    report = await perform(hass, "sync_users", **data)
    assert report["removed"] == 1
    assert set(simulated.users) >= {"anna", "ben", "zoe"}


async def test_a_module_that_does_not_know_where_to_start_a_list_ends_it(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Another
) -> None:
    _, _, other = another
    module.add_many(60)
    with (
        patch.object(members, "USER_LIST_MAX", 40),
        patch.object(simulated_people, "islice", lambda users, _s, _e: list(users)[:40]),
    ):
        report = await perform(
            hass,
            "sync_users",
            source_device_id=device_id,
            device_id=other,
            dry_run=True,
        )
    assert report["added"] == 40


async def test_a_mirror_onto_the_roster_is_refused(
    hass: HomeAssistant, device_id: str
) -> None:
    data = {"source_device_id": device_id, "mode": "mirror"}
    assert await refused(hass, "sync_users", **data) == "mirror_needs_target"
