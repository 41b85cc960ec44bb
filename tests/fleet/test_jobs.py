"""What is told of jobs, who may cancel them, and how they end."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Context, CoreState, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.setup import async_setup_component
import orjson
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.fleet import job as job_module, jobs
from simulator import SimulatedModule
from simulator.portraits import scenery
from tests.common import (
    complaints,
    device_of,
    dismiss_notifications,
    eventually,
    notifications,
    perform,
    refused,
)
from tests.conftest import Another, SetUp
from tests.fleet.kit import Fleet, counts, photos, running


async def test_progress_is_told_to_subscribers_and_in_a_notification(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "_TELL_EVERY", 0)
    photos(pictures, "Anna", "Ben")
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "face_module/jobs/subscribe"})
    assert (await client.receive_json())["success"]
    devices = [three[0][1], three[1][1]]
    await perform(hass, "import_users", device_id=devices, path=str(pictures))
    told: list[dict[str, Any]] = []
    while not told or not told[-1]["finished"]:
        told.append((await client.receive_json())["event"])
    assert [item["done"] for item in told] == [1, 2, 3, 4, 4]
    assert {item["total"] for item in told} == {4}
    assert told[-1]["added"] == 4
    assert told[-1]["kind"] == "import"
    assert len(told[-1]["entry_ids"]) == 2
    assert "Anna" not in orjson.dumps(told).decode(), "no names"
    (message,) = notifications(hass)
    assert message == (
        "Face module 0001, Face module 0002: finished, 4 of 4. "
        "Added 4, replaced 0, removed 0, unchanged 0, failed 0."
    )


async def test_the_notification_names_who_failed_and_nothing_is_markup(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    (pictures / "[x](javascript:alert(1)) _a_.jpg").write_bytes(scenery())
    await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    (message,) = notifications(hass)
    assert (
        r"- \[x\]\(javascript:alert\(1\)\) \_a\_: The module finds no face"
        in message.replace("\\:", ":")
    )


async def test_a_line_names_whom_it_is_about_once(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    (pictures / "notes.txt").write_text("no picture")
    (pictures / "Hills.jpg").write_bytes(scenery())
    await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    lines = notifications(hass)[0].replace("\\", "").splitlines()
    assert "- notes.txt is no picture." in lines
    assert any(line.startswith("- Hills: The module finds no face") for line in lines)


async def test_only_so_many_failures_are_named(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_module, "LINES_KEPT", 25)
    for number in range(30):
        (pictures / f"{number}.jpg").write_bytes(b"broken")
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert len(report["failed"]) == len(report["people"]) == 25
    assert report["people_left_out"] == report["failed_left_out"] == 5
    (message,) = notifications(hass)
    assert message.count("\n- ") == 21
    assert message.endswith("- … (+10)")


async def test_the_notification_is_in_the_language_of_home_assistant(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule, pictures: Path
) -> None:
    hass.config.language = "zh-Hans"
    entry = await set_up()
    photos(pictures, "Ben")
    await perform(
        hass, "import_users", device_id=device_of(hass, entry), path=str(pictures)
    )
    (message,) = notifications(hass)
    assert (
        message == "Face module F6EE：已完成，1/1。新增 1，替换 0，删除 0，未变 0，失败 0。"
    )


def begin(hass: HomeAssistant, three: Fleet, pictures: Path) -> asyncio.Task[Any]:
    """Begin an import of 30 people that takes a while."""
    photos(pictures, *(f"Person {number}" for number in range(30)))
    simulated, device = three[0]
    simulated.faults.latency = 0.01
    return asyncio.create_task(
        perform(
            hass,
            "import_users",
            device_id=device,
            path=str(pictures),
            allow_duplicate_face=True,
        )
    )


async def test_a_job_is_cancelled_by_the_action(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    job = begin(hass, three, pictures)
    await running(hass)
    answer = await perform(hass, "cancel_jobs", device_id=three[0][1])
    assert answer == {"cancelled": 1}
    report = await job
    assert report["cancelled"]
    assert 0 < report["added"] < 30
    assert len(three[0][0].users) == report["added"]
    assert "canceled after" in notifications(hass)[0]
    answer = await perform(hass, "cancel_jobs", device_id=three[0][1])
    assert answer == {"cancelled": 0}


async def test_whoever_does_not_want_to_see_how_far_it_is_sees_how_it_ended(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_TELL_EVERY", 0)
    work = begin(hass, three, pictures)
    job = await running(hass)
    await dismiss_notifications(hass)
    before = job.done
    await eventually(lambda: job.done > before)
    assert notifications(hass) == []
    await perform(hass, "cancel_jobs", device_id=three[0][1])
    await work
    assert len(notifications(hass)) == 1


async def test_a_job_on_two_modules_is_one_job(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, *(f"Person {number}" for number in range(20)))
    devices = [three[0][1], three[1][1]]
    three[0][0].faults.latency = 0.02
    data = {"path": str(pictures), "allow_duplicate_face": True}
    job = asyncio.create_task(perform(hass, "import_users", device_id=devices, **data))
    await running(hass)
    assert await perform(hass, "cancel_jobs", device_id=devices) == {"cancelled": 1}
    await job


async def test_a_job_is_cancelled_over_the_websocket(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client(hass)
    job = begin(hass, three, pictures)
    await running(hass)
    await client.send_json_auto_id({"type": "face_module/jobs/subscribe"})
    assert (await client.receive_json())["success"]
    job_id = (await client.receive_json())["event"]["job_id"]
    cancel = {"type": "face_module/jobs/cancel", "job_id": job_id}
    await client.send_json_auto_id(cancel)
    assert (await job)["cancelled"]
    await client.send_json_auto_id(cancel)
    while (answer := await client.receive_json()).get("error") is None:
        pass
    assert answer["error"]["code"] == "not_found"
    assert answer["error"]["message"] == "This job is not running any more."
    assert answer["error"]["translation_key"] == "job_not_running"


async def test_only_administrators_hear_of_jobs(
    hass: HomeAssistant,
    three: Fleet,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: MockUser,
    pictures: Path,
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    for message in (
        {"type": "face_module/jobs/subscribe"},
        {"type": "face_module/jobs/cancel", "job_id": "x"},
    ):
        await client.send_json_auto_id(message)
        assert (await client.receive_json())["error"]["code"] == "unauthorized"
    context = Context(user_id=hass_read_only_user.id)
    for action, data in (
        ("import_users", {"path": str(pictures)}),
        ("export_users", {"path": str(pictures / "x.zip")}),
        ("sync_users", {}),
        ("cancel_jobs", {}),
    ):
        with pytest.raises(Unauthorized):
            await perform(hass, action, context, device_id=three[0][1], **data)


async def test_two_jobs_on_one_module_are_refused(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    job = begin(hass, three, pictures)
    await running(hass)
    data = {"device_id": three[0][1], "path": str(pictures / "x.zip")}
    assert await refused(hass, "export_users", **data) == "job_running"
    other = {**data, "device_id": three[1][1]}
    assert counts(await perform(hass, "export_users", **other)) == {}
    await perform(hass, "cancel_jobs", device_id=three[0][1])
    await job
    await perform(hass, "export_users", **(data | {"path": str(pictures / "y.zip")}))


async def test_unloading_a_module_ends_its_job(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    job = begin(hass, three, pictures)
    entry_id = next(iter((await running(hass)).modules))
    await hass.config_entries.async_unload(entry_id)
    assert (await job)["cancelled"]


async def test_home_assistant_that_stops_in_the_middle_says_so_afterwards(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = begin(hass, three, pictures)
    await running(hass)
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    report = await job
    assert report["cancelled"]
    assert len(three[0][0].users) == report["added"]
    (stored,) = hass_storage[f"{DOMAIN}.jobs"]["data"].values()
    assert stored == {"kind": "import", "modules": ["Face module 0001"]}
    hass.set_state(CoreState.running)
    again = jobs.Jobs(hass)
    await again.async_load()
    assert notifications(hass)[-1].startswith("Face module 0001: Home Assistant ended")
    assert f"{DOMAIN}.jobs" not in hass_storage
    assert complaints(caplog) == []
    three[0][0].faults.latency = 0
    report = await perform(
        hass,
        "import_users",
        device_id=three[0][1],
        path=str(pictures),
        allow_duplicate_face=True,
    )
    assert report["added"] + report["unchanged"] == 30
    assert len(three[0][0].users) == 30


async def test_actions_are_there_before_any_module_is(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert hass.services.has_service(DOMAIN, "import_users")


async def test_a_job_that_ends_by_an_error_says_so(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    data = {"device_id": device_id, "path": str(pictures)}
    assert await refused(hass, "import_users", **data) == "archive_empty"
    assert notifications(hass) == [], "the error says it all"
    for number in range(6):
        module.add_user(f"p{number}", f"Person {number}")
    zipped = {"device_id": device_id, "path": str(pictures / "people.zip")}
    real = module._server._carry_out
    seen = []

    async def gone(record: Any, body: object) -> Any:
        seen.append(record.name)
        if seen.count("GetUserInfo") > 3:
            module.faults.drop = True
        return await real(record, body)

    module._server._carry_out = gone  # type: ignore[method-assign]
    assert await refused(hass, "export_users", **zipped) == "cannot_connect"
    assert "ended by an error after" in notifications(hass)[0]
    assert list(pictures.iterdir()) == []
    module.faults.clear()
    module._server._carry_out = real  # type: ignore[method-assign]


async def test_a_plan_is_answered_and_leaves_no_notification(
    hass: HomeAssistant, device_id: str, another: Another
) -> None:
    _, _, other = another
    data = {"source_device_id": device_id, "device_id": other}
    await perform(hass, "sync_users", **data, dry_run=True)
    assert notifications(hass) == []
    await perform(hass, "sync_users", **data)
    assert "added" in notifications(hass)[0].lower()
