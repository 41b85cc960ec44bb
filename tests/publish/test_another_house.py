"""What another house sees of a module, which has nothing but MQTT."""

from datetime import timedelta

from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.image import async_get_image
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from simulator import SimulatedModule, portrait
from tests.common import poll, visits_of
from tests.conftest import SERIAL, SetUp, settle
from tests.visits.conftest import Events

from .conftest import CONFIG, TOPICS, Broker, elsewhere, mirrored, see

pytestmark = pytest.mark.usefixtures("another_house")


def shown(hass: HomeAssistant, platform: str, key: str) -> str:
    state = elsewhere(hass, platform, key)
    assert state is not None, key
    return state.state


async def test_it_sees_who_comes_and_how_the_module_is(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    await set_up(publish_mqtt=True)
    await broker.deliver()
    (device,) = mirrored(hass)
    assert device.name == "test home Face module F6EE"
    assert device.serial_number == SERIAL
    assert device.sw_version
    names = {
        entity.original_name
        for entity in er.async_entries_for_device(er.async_get(hass), device.id)
    }
    assert names == {
        *("Recognition", "Connected", "Person present"),
        *("Last person", "Enrolled people", "Visits today"),
    }
    assert shown(hass, "event", "recognition") == "unknown"
    assert shown(hass, "binary_sensor", "connected") == "on"
    assert shown(hass, "binary_sensor", "person_present") == "off"
    assert shown(hass, "sensor", "last_person") == "unknown"
    assert shown(hass, "sensor", "enrolled_users") == "2"
    assert shown(hass, "sensor", "visits_today") == "0"

    await see(hass, module, "chenwei")
    event = elsewhere(hass, "event", "recognition")
    assert event.attributes["event_type"] == "recognized"
    assert event.attributes["name"] == "陈伟"
    assert event.attributes["user_id"] == "chenwei"
    assert event.attributes["score"] > 0
    assert "person" not in event.attributes
    assert "image" not in event.attributes
    assert dt_util.parse_datetime(event.attributes["time"])
    assert shown(hass, "binary_sensor", "person_present") == "on"
    assert shown(hass, "sensor", "last_person") == "陈伟"
    visits = elsewhere(hass, "sensor", "visits_today")
    assert visits.state == "1"
    assert visits.attributes["last_reset"] == dt_util.start_of_local_day().isoformat()

    await see(hass, module, "")
    assert elsewhere(hass, "event", "recognition").attributes["event_type"] == "unknown"
    assert shown(hass, "sensor", "last_person") == "陈伟", "a stranger is nobody"
    assert shown(hass, "sensor", "visits_today") == "2"


async def test_it_knows_nothing_of_people_while_the_module_is_away(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    await set_up(publish_mqtt=True)
    await broker.deliver()
    await see(hass, module, "anna")
    await module.stop()
    await poll(hass)
    assert shown(hass, "binary_sensor", "connected") == "off"
    assert shown(hass, "binary_sensor", "person_present") == "unknown"
    assert shown(hass, "sensor", "enrolled_users") == "unknown"
    assert shown(hass, "sensor", "last_person") == "Anna", "about the past"


async def test_pictures_leave_the_house_with_an_option_of_their_own(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    await broker.deliver()
    await see(hass, module, "anna")
    assert elsewhere(hass, "image", "last_face") is None
    assert not [topic for topic, _ in broker.messages() if topic.endswith("/image")]

    options = {**entry.options, "publish_pictures": True}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    await broker.deliver()
    assert shown(hass, "image", "last_face") == "unknown", "what was before stays here"
    await see(hass, module, "chenwei")
    image = elsewhere(hass, "image", "last_face")
    assert image.state != "unknown"
    picture = await async_get_image(hass, image.entity_id)
    assert picture.content_type == "image/jpeg"
    found = await entry.runtime_data.visits.history.async_picture(
        visits_of(entry)[0].visit_id
    )
    assert picture.content == found[1]

    options["publish_pictures"] = False
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert elsewhere(hass, "image", "last_face") is None
    assert shown(hass, "sensor", "last_person") == "陈伟"


async def test_the_broker_keeps_no_name_and_no_picture(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    await set_up(publish_mqtt=True, publish_pictures=True)
    await broker.deliver()
    await see(hass, module, "anna")
    assert any(topic.endswith("/image") for topic, _ in broker.messages())
    assert broker.retained.keys() == {CONFIG, f"{TOPICS}/availability"}
    assert "Anna" not in str(broker.retained)


async def test_it_hears_of_strangers_but_not_which(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    await set_up(publish_mqtt=True)
    await broker.deliver()
    events = Events(hass)
    await module.post_recognition("", "", 0.1, portrait("One"))
    await settle(hass)
    (event,) = events.attributes
    assert event["stranger_id"]
    told = [str(payload) for topic, payload in broker.messages() if "event" in topic]
    assert any("unknown" in payload for payload in told)
    assert not any(event["stranger_id"] in payload for payload in told)
    assert not any("first_seen" in payload for payload in told)


async def test_what_is_deleted_here_is_deleted_there(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True, publish_pictures=True)
    await broker.deliver()
    await see(hass, module, "anna")
    assert shown(hass, "sensor", "last_person") == "Anna"
    broker.messages()
    await entry.runtime_data.visits.forgetting.async_delete((), ["anna"])
    await settle(hass)
    assert shown(hass, "sensor", "last_person") == "unknown"
    assert shown(hass, "sensor", "visits_today") == "0"
    assert (f"{TOPICS}/image", b"") in broker.messages()


async def test_it_notices_a_house_that_ended_without_a_word(
    hass: HomeAssistant,
    broker: Broker,
    set_up: SetUp,
    freezer: FrozenDateTimeFactory,
) -> None:
    await set_up(publish_mqtt=True)
    await broker.deliver()

    async def later(seconds: float) -> None:
        freezer.tick(timedelta(seconds=seconds))
        async_fire_time_changed(hass)
        await settle(hass)

    broker.messages()
    for _ in range(5):
        await later(21)
        assert broker.last(f"{TOPICS}/state")["connected"] == "ON"
    assert shown(hass, "binary_sensor", "connected") == "on"
    await broker.lose()
    await later(66)
    for platform, key in (
        ("binary_sensor", "connected"),
        ("binary_sensor", "person_present"),
        ("sensor", "last_person"),
        ("sensor", "enrolled_users"),
        ("sensor", "visits_today"),
    ):
        assert shown(hass, platform, key) == "unavailable", key
    await broker.find()
    assert shown(hass, "binary_sensor", "connected") == "on"


async def test_it_is_told_when_the_module_is_unloaded_or_home_assistant_stops(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True)
    await broker.deliver()
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)
    assert shown(hass, "event", "recognition") == "unavailable"
    assert mirrored(hass), "it comes back"
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert shown(hass, "event", "recognition") == "unknown"
    broker.messages()
    await hass.async_stop(force=True)
    assert broker.last(f"{TOPICS}/availability") == "offline"


async def test_it_sees_nothing_any_more_once_the_option_is_off(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    entry = await set_up(publish_mqtt=True, publish_pictures=True)
    await broker.deliver()
    await see(hass, module, "anna")
    assert mirrored(hass)
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "publish_mqtt": False}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert not mirrored(hass)
    broker.messages()
    assert not broker.retained
    await see(hass, module, "chenwei")
    assert not broker.messages()


async def test_somebody_without_a_name_is_an_id_there(
    hass: HomeAssistant, module: SimulatedModule, broker: Broker, set_up: SetUp
) -> None:
    module.add_user("nemo", "")
    await set_up(publish_mqtt=True)
    await broker.deliver()
    await see(hass, module, "anna")
    await see(hass, module, "nemo")
    assert shown(hass, "sensor", "last_person") == "nemo"


async def test_the_device_is_called_after_the_house(
    hass: HomeAssistant, broker: Broker, set_up: SetUp
) -> None:
    await set_up(publish_mqtt=True)
    await broker.deliver()
    await hass.config.async_update(location_name="Seehaus")
    await settle(hass)
    (device,) = mirrored(hass)
    assert isinstance(device, dr.DeviceEntry)
    assert device.name == "Seehaus Face module F6EE"
