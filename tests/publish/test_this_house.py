"""What publishing asks of the house that does it: little, and it leaves nothing behind."""

import logging
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.face_module.publish.announced import Announced
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import complaints, device_of, perform
from tests.conftest import OTHER_SERIAL, PASSWORD, SERIAL, SetUp, settle

from .conftest import CONFIG, TOPICS, Broker, NewBroker, elsewhere, mirrored, see


async def switch(hass: HomeAssistant, entry: Any, *, on: bool) -> None:
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "publish_mqtt": on}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)


async def look_elsewhere(hass: HomeAssistant, entry: Any) -> None:
    """Have the MQTT integration, and so the module, use another discovery prefix."""
    (mqtt,) = hass.config_entries.async_entries("mqtt")
    hass.config_entries.async_update_entry(mqtt, options={"discovery_prefix": "houses"})
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)


async def test_nothing_is_published_unless_it_is_asked_for(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    await set_up(publish_pictures=True)
    await see(hass, module, "anna")
    assert not broker.messages()
    assert not mirrored(hass)


async def test_a_house_does_not_discover_what_it_publishes_itself(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    await see(hass, module, "anna")
    await broker.lose()
    await broker.find()
    assert any(topic == f"{TOPICS}/event" for topic, _ in broker.messages())
    entities = er.async_get(hass)
    assert not [
        state.entity_id
        for state in hass.states.async_all()
        if entities.async_get(state.entity_id).platform == "mqtt"
    ]
    (device,) = mirrored(hass)
    assert device.disabled

    await switch(hass, entry, on=False)
    assert not mirrored(hass)
    assert not [one for one in entities.entities.values() if one.platform == "mqtt"]
    broker.messages()
    assert not broker.retained

    await switch(hass, entry, on=True)
    assert elsewhere(hass, "event", "recognition") is None
    (device,) = mirrored(hass)
    assert device.disabled


async def test_a_module_that_is_removed_leaves_nothing_on_the_broker(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    broker.messages()
    assert not broker.retained
    assert not mirrored(hass)
    store = Path(hass.config.path(".storage", "face_module.announced"))
    assert not await hass.async_add_executor_job(store.exists)


async def test_of_two_modules_one_may_stay(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    async with SimulatedModule(serial=OTHER_SERIAL, password=PASSWORD) as other:
        await set_up(other, publish_mqtt=True)
        await switch(hass, entry, on=False)
        broker.messages()
        assert broker.retained.keys() == {
            f"homeassistant/device/{OTHER_SERIAL}/config",
            f"face_module/{OTHER_SERIAL}/availability",
        }
        (device,) = mirrored(hass)
        assert device.identifiers == {("mqtt", OTHER_SERIAL)}


async def test_what_could_not_be_taken_back_is_when_the_broker_is_there(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    await broker.lose()
    await switch(hass, entry, on=False)
    broker.messages()
    assert broker.retained.keys() == {CONFIG, f"{TOPICS}/availability"}
    await broker.find()
    broker.messages()
    assert not broker.retained


async def test_what_was_never_announced_leaves_nothing_behind(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    await broker.lose()
    entry = await set_up(publish_mqtt=True)
    await broker.find(told=False)
    await switch(hass, entry, on=False)
    assert not broker.messages()


async def test_also_after_a_restart(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    await broker.lose()
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    await Announced(hass).async_load()
    await broker.find()
    broker.messages()
    assert not broker.retained


async def test_a_reconnection_tells_everything_anew_and_nothing_late(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    await set_up(publish_mqtt=True)
    await broker.lose()
    broker.messages()
    await see(hass, module, "anna")
    assert not broker.messages()
    await broker.find()
    told = dict(broker.messages())
    assert told.keys() == {CONFIG, f"{TOPICS}/availability", f"{TOPICS}/state"}
    assert told[f"{TOPICS}/state"]["last_person"] == "Anna"
    assert told[f"{TOPICS}/state"]["visits_today"] == 1


async def test_mqtt_may_be_added_later_and_go_again(
    hass: HomeAssistant,
    module: SimulatedModule,
    new_broker: NewBroker,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await set_up(publish_mqtt=True)
    await see(hass, module, "anna")
    broker = await new_broker()
    assert broker.last(f"{TOPICS}/state")["last_person"] == "Anna"
    assert broker.retained[f"{TOPICS}/availability"] == "online"
    (mqtt,) = hass.config_entries.async_entries("mqtt")
    await broker.lose()
    await hass.config_entries.async_remove(mqtt.entry_id)
    await settle(hass)
    await see(hass, module, "chenwei")
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)
    assert not complaints(caplog)


async def test_it_waits_for_mqtt_no_longer_than_the_module_is_there(
    hass: HomeAssistant, new_broker: NewBroker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)
    broker = await new_broker()
    assert not broker.messages()


async def test_a_broker_that_refuses_a_message_costs_that_message(
    hass: HomeAssistant,
    module: SimulatedModule,
    broker: Broker,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await set_up(publish_mqtt=True)
    with broker.refusing():
        await see(hass, module, "anna")
    broker.messages()
    await see(hass, module, "chenwei")
    assert broker.last(f"{TOPICS}/state")["visits_today"] == 2
    assert not complaints(caplog)


async def test_another_discovery_prefix_takes_the_announcement_with_it(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    await look_elsewhere(hass, entry)
    broker.messages()
    assert broker.retained.keys() == {
        f"houses/device/{SERIAL}/config",
        f"{TOPICS}/availability",
    }


async def test_what_another_prefix_could_not_take_with_it_goes_when_the_broker_is_back(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    broker.messages()
    with broker.refusing():
        await look_elsewhere(hass, entry)
    broker.messages()
    assert broker.retained.keys() == {CONFIG, f"{TOPICS}/availability"}
    await broker.lose()
    await broker.find()
    broker.messages()
    assert broker.retained.keys() == {
        f"houses/device/{SERIAL}/config",
        f"{TOPICS}/availability",
    }


async def test_no_name_and_no_picture_reaches_our_log(
    hass: HomeAssistant,
    module: SimulatedModule,
    broker: Broker,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "custom_components.face_module")
    await set_up(publish_mqtt=True, publish_pictures=True)
    await see(hass, module, "anna")
    ours = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.face_module")
    ]
    assert ours
    assert not [message for message in ours if "Anna" in message or "anna" in message]


async def test_a_serial_that_no_topic_may_have_is_spelled_otherwise(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    async with SimulatedModule(serial="A/B+#1", password=PASSWORD) as module:
        await set_up(module, publish_mqtt=True)
        topics = {topic for topic, _ in broker.messages()}
        assert "homeassistant/device/A_B__1/config" in topics


async def test_which_camera_saw_somebody_stays_in_this_house(
    hass: HomeAssistant,
    module: SimulatedModule,
    broker: Broker,
    set_up: SetUp,
) -> None:
    entry = await set_up(publish_mqtt=True)
    await see(hass, module, "anna")
    assert broker.last(f"{TOPICS}/event")["source"] is None
    with patch(
        "custom_components.face_module.pictures.sources.async_snapshot",
        return_value=portrait("陈伟", variation=1),
    ):
        device_id, entity_id = device_of(hass, entry), "camera.annas_room"
        await perform(hass, "look", device_id=device_id, entity_id=entity_id)
    await settle(hass)
    told = broker.last(f"{TOPICS}/event")
    assert (told["event_type"], told["source"]) == ("recognized", "eye")
    assert not any("annas_room" in str(message) for message in broker.messages())
