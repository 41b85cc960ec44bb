"""Options, and deleting visits from the history."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.options import Options
from simulator import SimulatedModule
from tests.common import rows_of, state_of, visits_of
from tests.conftest import SetUp, entry_for, settle
from tests.visits.test_backfill import known, record, silence

OPTIONS = {
    "callback_base_url": "http://192.0.2.1:8123/lovelace",
    "heartbeat_interval": 7,
    "score_interval": 5,
    "mask_threshold": 50,
    "keep_clock_set": False,
    "trust": {
        "max_age": 10,
        "minimum_score": 80,
        "minimum_score_eyes": 92,
        "require_liveness": True,
        "minimum_liveness": 85,
        "confirmations": 2,
        "confirmation_window": 8,
    },
    "visits": {
        "visit_window": 15,
        "presence_timeout": 60,
        "history_size": 100,
        "history_days": 3,
        "book_days": 30,
        "remember_strangers": False,
    },
    "voice": {"enrollment_camera": "camera.door", "voice_changes": "recognized"},
    "houses": {"publish_mqtt": True, "publish_pictures": False},
}


async def settings(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Open the form with all options."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["menu_options"] == ["settings", "people", "eyes", "history", "sentences"]
    return await choose(hass, menu, "settings")


async def choose(hass: HomeAssistant, menu: Any, step: str) -> Any:
    return await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": step}
    )


async def test_options_take_effect_at_once(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    form = await settings(hass, entry)
    assert form["step_id"] == "settings"
    result = await hass.config_entries.options.async_configure(form["flow_id"], OPTIONS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await settle(hass)
    assert entry.options["callback_base_url"] == "http://192.0.2.1:8123"
    assert entry.options["heartbeat_interval"] == 7
    assert entry.options["minimum_score"] == 80
    assert entry.options["visit_window"] == 15
    assert set(entry.options) == set(Options().as_dict()), "kept flat"
    assert module.config.interval_time == 7
    assert module.config.heartbeat_cb_url.startswith("http://192.0.2.1:8123/api/webhook/")


async def test_a_base_url_can_be_taken_away_again(
    hass: HomeAssistant, set_up: SetUp
) -> None:
    entry = await set_up()
    form = await settings(hass, entry)
    without = {key: value for key, value in OPTIONS.items() if key != "callback_base_url"}
    await hass.config_entries.options.async_configure(form["flow_id"], without)
    await settle(hass)
    assert entry.options["callback_base_url"] == ""


@pytest.mark.parametrize("bad", ["nonsense", "ftp://192.0.2.1", "http://"])
async def test_a_base_url_that_is_none_is_said_at_its_field(
    hass: HomeAssistant, entry: MockConfigEntry, bad: str
) -> None:
    form = await settings(hass, entry)
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], OPTIONS | {"callback_base_url": bad}
    )
    assert result["errors"] == {"callback_base_url": "invalid_url"}


@pytest.mark.parametrize(
    "bad", [{"heartbeat_interval": 0}, {"mask_threshold": 101}, {"score_interval": 0}]
)
async def test_options_out_of_range_are_refused(
    hass: HomeAssistant, entry: MockConfigEntry, bad: dict[str, int]
) -> None:
    form = await settings(hass, entry)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(form["flow_id"], OPTIONS | bad)


# History


async def history(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return await choose(hass, menu, "history")


def choices(form: Any, field: str) -> dict[str, str]:
    """Return the choices of a select: label to value."""
    selector = next(v for k, v in form["data_schema"].schema.items() if k == field)
    return {item["label"]: item["value"] for item in selector.config["options"]}


async def three_visits(hass: HomeAssistant, module: SimulatedModule) -> None:
    await module.send_recognition("anna")
    await module.send_recognition("chenwei")
    await module.send_recognition("", username="")
    await settle(hass)


async def test_one_visit_is_deleted_with_its_picture(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await three_visits(hass, module)
    form = await history(hass, entry)
    labels = choices(form, "visits")
    assert [label.split(" · ", 1)[1] for label in labels] == [
        "Unknown person · Unknown person",
        "陈伟 · Recognized",
        "Anna · Recognized",
    ]
    chosen = labels[next(label for label in labels if "陈伟" in label)]
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"visits": [chosen]}
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "history_deleted"
    assert result["description_placeholders"] == {"count": "1"}
    assert [visit.name for visit in visits_of(entry)] == ["", "Anna"]
    names = {path.name for path in await asyncio.to_thread(lambda: list(folder.iterdir()))}
    assert not any(name.startswith(chosen) for name in names)
    assert len(names) == 2
    book = await asyncio.to_thread((folder.parent / "visits.db").read_bytes)
    assert b"Anna" in book
    assert chosen.encode() not in book
    assert "chenwei" not in {row["user_id"] for row in await rows_of(hass)}
    assert state_of(hass, "sensor.last_person").state == "unknown", (
        "no visit of theirs left"
    )


async def test_a_visit_of_an_outage_is_called_so(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    module.records = [record("anna", 3000)]
    silence(entry, 3600)
    await module.send_heartbeat()
    await settle(hass)
    labels = [*choices(await history(hass, entry), "visits")]
    assert [label.split(" · ", 1)[1] for label in labels] == [
        "Anna · Recognized",
        "Anna · Added after an outage",
    ]


async def test_everything_about_a_person_is_deleted(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await three_visits(hass, module)
    form = await history(hass, entry)
    assert choices(form, "people") == {
        "Unknown person (1)": "user-",
        "陈伟 (1)": "user-chenwei",
        "Anna (1)": "user-anna",
    }
    await hass.config_entries.options.async_configure(
        form["flow_id"], {"people": ["user-anna", "user-"]}
    )
    assert [visit.name for visit in visits_of(entry)] == ["陈伟"]
    assert set(entry.runtime_data.visits.seen.names) == {"chenwei"}
    assert state_of(hass, "sensor.last_person").state == "陈伟"
    assert state_of(hass, "image.last_face").state == "unknown", "nobody came"


async def test_the_whole_history_is_deleted_and_nothing_is_reloaded(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await three_visits(hass, module)
    runtime = entry.runtime_data
    form = await history(hass, entry)
    await hass.config_entries.options.async_configure(form["flow_id"], {"everything": True})
    assert entry.runtime_data is runtime
    assert visits_of(entry) == []
    assert runtime.visits.seen.names == {}
    assert await asyncio.to_thread(lambda: list(folder.iterdir())) == []
    assert state_of(hass, "image.last_face").state == "unknown"
    assert state_of(hass, "sensor.last_person").state == "unknown"
    assert state_of(hass, "binary_sensor.person_present").state == "off"
    event = state_of(hass, "event.recognition")
    assert event.attributes["user_id"] is None
    assert event.attributes["name"] is None
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert state_of(hass, "event.recognition").attributes.get("name") is None


async def test_somebody_of_whom_only_the_book_knows_can_be_forgotten(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    kept = entry.runtime_data.visits.history
    kept._forget([visit.visit_id for visit in visits_of(entry)])
    form = await history(hass, entry)
    assert choices(form, "people") == {"Anna (1)": "user-anna"}
    assert choices(form, "visits") == {}, "without a picture"
    await hass.config_entries.options.async_configure(
        form["flow_id"], {"people": ["user-anna"]}
    )
    assert await rows_of(hass) == []
    assert entry.runtime_data.visits.seen.names == {}
    assert state_of(hass, "sensor.last_person").state == "unknown"


async def test_deleting_a_stranger_leaves_the_last_person(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_recognition("anna")
    await module.send_recognition("", username="")
    await settle(hass)
    anna = next(v for v in visits_of(entry) if v.user_id)
    entry.runtime_data.visits.history._forget([anna.visit_id])
    await entry.runtime_data.visits.forgetting.async_delete((), [""])
    assert visits_of(entry) == []
    assert state_of(hass, "sensor.last_person").state == "Anna"


async def test_a_deleted_visit_does_not_go_on(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    form = await history(hass, entry)
    await hass.config_entries.options.async_configure(form["flow_id"], {"everything": True})
    before = state_of(hass, "event.recognition").state
    await module.send_recognition("anna")
    await settle(hass)
    assert state_of(hass, "event.recognition").state > before
    assert len(visits_of(entry)) == 1


async def test_the_history_of_an_entry_that_is_not_loaded_says_so(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await module.pull_cable()
    entry = await set_up()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    result = await history(hass, entry)
    assert result["reason"] == "not_loaded"
    await module.plug_in()


@pytest.mark.parametrize(("before", "after"), [(True, "on"), (False, "off"), (None, None)])
async def test_what_an_earlier_release_called_on_or_off_is_kept(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    before: bool | None,
    after: str | None,
) -> None:
    options = {} if before is None else {"voice_changes": before}
    entry = await set_up(history_days=3, **options)
    assert (entry.version, entry.minor_version) == (1, 2)
    assert entry.options.get("voice_changes") == after
    assert entry.options["history_days"] == 3
    form = await settings(hass, entry)
    shown = form["data_schema"].schema["voice"].schema.schema
    suggested = {str(key): (key.description or {}).get("suggested_value") for key in shown}
    assert suggested["voice_changes"] == (after or "off")


async def test_an_entry_of_a_later_release_is_not_set_up(
    hass: HomeAssistant, module: SimulatedModule, base_url: str
) -> None:
    entry = entry_for(module, base_url)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, version=2)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.MIGRATION_ERROR
