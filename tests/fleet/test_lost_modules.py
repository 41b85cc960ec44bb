"""Modules that go in the middle of a job, come back, or refuse the password."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.fleet import members as fleet
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, refused
from tests.conftest import Another
from tests.fleet.kit import Fleet, counts, errors, photos


class Unplugged:
    """Pulls a module's plug once it knows so many people."""

    def __init__(self, module: SimulatedModule, people: int) -> None:
        self.module, self.people = module, people
        self.task = asyncio.create_task(self.wait())

    async def wait(self) -> None:
        while len(self.module.users) < self.people:
            await asyncio.sleep(0.001)
        await self.module.pull_cable()


async def test_a_module_that_goes_in_the_middle_is_in_the_report(
    hass: HomeAssistant, three: Fleet, pictures: Path, caplog: pytest.LogCaptureFixture
) -> None:
    photos(pictures, *(f"Person {number}" for number in range(8)))
    devices = [device for _, device in three]
    unplugged = Unplugged(three[1][0], 3)
    data = {"device_id": devices, "path": str(pictures), "allow_duplicate_face": True}
    report = await perform(hass, "import_users", **data)
    await unplugged.task
    there = len(three[1][0].users)
    assert 3 <= there < 8
    assert len(three[0][0].users) == len(three[2][0].users) == 8
    assert len(report["failed"]) in (8 - there, 8 - there + 1), "one may be untold"
    assert {line["device_id"] for line in report["failed"]} == {devices[1]}
    assert set(errors(report).values()) == {"Face module 0002 does not answer."}
    assert report["added"] + len(report["failed"]) == 24
    await three[1][0].plug_in()
    report = await perform(hass, "import_users", **data)
    assert report["added"] == 8 - there
    assert not report["failed"]
    assert len(three[1][0].users) == 8
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_")]
    assert "Person" not in "\n".join(ours), "names never reach the log"


async def test_a_module_that_comes_back_gets_the_rest(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    awaited: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet, "RECONNECT", 30)
    photos(pictures, *(f"Person {number}" for number in range(6)))
    simulated, device = three[0]
    unplugged = Unplugged(simulated, 2)
    job = asyncio.create_task(
        perform(
            hass,
            "import_users",
            device_id=device,
            path=str(pictures),
            allow_duplicate_face=True,
        )
    )
    await unplugged.task
    await awaited.wait()
    assert not job.done()
    await simulated.plug_in()
    report = await job
    assert not report["failed"]
    assert report["added"] + report["unchanged"] == 6
    assert len(simulated.users) == 6


async def test_a_module_that_is_offline_from_the_start_is_in_the_report(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    await three[1][0].pull_cable()
    devices = [three[0][1], three[1][1]]
    report = await perform(hass, "import_users", device_id=devices, path=str(pictures))
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report) == {"Anna.jpg": "Face module 0002 does not answer."}


async def test_the_module_with_another_password_is_the_one_that_is_asked_for_it(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    three[1][0].password = "xyz987"
    with pytest.raises(HomeAssistantError, match="Face module 0002 refuses"):
        await perform(
            hass,
            "import_users",
            device_id=[three[0][1], three[1][1]],
            path=str(pictures),
        )
    first, second, _ = hass.config_entries.async_entries(DOMAIN)
    assert any(second.async_get_active_flows(hass, {"reauth"}))
    assert not any(first.async_get_active_flows(hass, {"reauth"}))


@pytest.mark.parametrize("to_roster", [False, True])
async def test_a_source_that_is_offline_from_the_start_is_named(
    hass: HomeAssistant, three: Fleet, *, to_roster: bool
) -> None:
    await three[1][0].pull_cable()
    data: dict[str, Any] = {"source_device_id": three[1][1]}
    if not to_roster:
        data["device_id"] = three[0][1]
    with pytest.raises(HomeAssistantError, match="Face module 0002 does not answer"):
        await perform(hass, "sync_users", **data)


async def test_a_target_that_comes_back_keeps_whom_it_has(
    hass: HomeAssistant,
    three: Fleet,
    awaited: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet, "RECONNECT", 30)
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben"):
        one.add_user(name.lower(), name)
    two.add_user("ben", "Benedict", portrait("Benedict"))
    await two.pull_cable()
    data = {"source_device_id": first, "device_id": second}
    job = asyncio.create_task(perform(hass, "sync_users", **data))
    await awaited.wait()
    await two.plug_in()
    assert counts(await job) == {"added": 1, "unchanged": 1}
    assert two.users["ben"].name == "Benedict"


async def test_a_module_that_drops_every_answer_is_given_up(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben")
    simulated, device = three[0]
    simulated.faults.next("drop", times=999, call="AddUser")
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert counts(report) == {"failed": 2}
    assert simulated.users == {}


async def test_a_module_that_refuses_the_password_is_told_once_for_each(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben")
    simulated, device = three[0]
    simulated.faults.refuse.add("AddUser")
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert "refused by simulator" in errors(report)["Anna"]
    simulated.password = "xyz987"
    data = {"device_id": device, "path": str(pictures)}
    assert await refused(hass, "import_users", **data) == "invalid_auth"


async def test_a_module_that_goes_while_ids_are_looked_for_gets_the_rest(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.face_module.fleet.importing.IDS_READ", -1)
    photos(pictures, "Anna", "Ben")
    simulated, device = three[0]
    simulated.faults.next("drop", times=2, call="GetUserInfo")
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert counts(report) == {"added": 2}


async def test_a_module_that_comes_back_with_another_password_is_told(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet, "RECONNECT", 30)
    photos(pictures, *(f"Person {number}" for number in range(6)))
    simulated, device = three[0]
    unplugged = Unplugged(simulated, 2)
    data = {"device_id": device, "path": str(pictures), "allow_duplicate_face": True}
    job = asyncio.create_task(perform(hass, "import_users", **data))
    await unplugged.task
    simulated.password = "xyz987"
    await simulated.plug_in()
    report = await job
    assert set(errors(report).values()) == {"Face module 0001 refuses the password."}
    assert len(report["failed"]) == 6 - report["added"]


async def test_a_source_that_goes_is_said(hass: HomeAssistant, three: Fleet) -> None:
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben"):
        one.add_user(name.lower(), name)
    one.faults.next("drop", times=99, call="GetUserInfo")
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert counts(report) == {"failed": 2}
    assert errors(report)["anna"].startswith("The source could not be read: Face module")
    assert two.users == {}


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_target_that_goes_is_in_the_report(
    hass: HomeAssistant, three: Fleet, *, dry_run: bool
) -> None:
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben"):
        one.add_user(name.lower(), name)
        two.add_user(name.lower(), f"{name} Old", portrait(f"{name} Old"))
    two.add_user("eva", "Eva")
    two.faults.next("drop", times=999, call="GetUserInfo")
    two.faults.next("drop", times=999, call="DeleteUser")
    report = await perform(
        hass,
        "sync_users",
        source_device_id=first,
        device_id=second,
        mode="mirror",
        dry_run=dry_run,
    )
    assert len(report["failed"]) == (2 if dry_run else 3)
    assert two.users.keys() == {"anna", "ben", "eva"}


async def test_a_plan_for_a_module_that_is_offline_says_so(
    hass: HomeAssistant, device_id: str, another: Another
) -> None:
    simulated, _, other = another
    await simulated.pull_cable()
    data = {"source_device_id": device_id, "device_id": other, "mode": "mirror"}
    report = await perform(hass, "sync_users", dry_run=True, **data)
    assert report["added"] == 0
    assert len(report["failed"]) == 2


async def test_a_lost_module_is_waited_for_once(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Another
) -> None:
    _, _, other = another
    for number in range(12):
        module.add_user(f"p{number}", f"Person {number}")
    module.faults.next("drop", times=999, call="GetUserInfo")
    module.faults.next("drop", times=999, call="GetSysConfig")
    begun = hass.loop.time()
    report = await perform(hass, "sync_users", source_device_id=device_id, device_id=other)
    assert len(report["failed"]) == 14
    assert hass.loop.time() - begun < 2


async def test_a_module_with_broken_answers_does_not_keep_the_others_from_work(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    simulated, other_entry, other = another
    module.add_user("zoe", "Somebody", portrait("Somebody"))
    (pictures / "Zoe.jpg").write_bytes(portrait("Zoe"))
    module.faults.next("garbage", times=99, call="GetUserInfo")
    report = await perform(
        hass, "import_users", device_id=[device_id, other], path=str(pictures)
    )
    assert report["added"] == 1
    assert len(report["failed"]) == 1
    assert report["failed"][0]["device_id"] == device_id
    assert "zoe" in simulated.users
    assert not any(other_entry.async_get_active_flows(hass, {"reauth"}))
