"""The picture of whoever came."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import SimulatedModule
from tests.common import state_of, visits_of
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events


@pytest.mark.parametrize(
    "image", [None, "", "no base64!", "bm8gcGljdHVyZQ==", 7, ["x"], "/9j"]
)
async def test_a_crop_that_is_no_picture_leaves_the_event_as_it_is(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    heard: Events,
    image: object,
) -> None:
    await module.send_recognition("anna", image=image)
    await settle(hass)
    assert heard.told == ["recognized anna"]
    assert heard.attributes[0]["image"] is None
    assert heard.attributes[0]["image_url"] is None
    assert state_of(hass, "image.last_face").state == "unknown"


async def test_a_better_sighting_without_a_picture_keeps_the_one_there_is(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(minimum_score=95)
    await module.send_heartbeat()
    await module.send_recognition("anna", 0.9)
    await module.send_recognition("anna", 0.99, image="")
    await settle(hass)
    (visit,) = visits_of(entry)
    assert visit.verdict == "recognized"
    assert state_of(hass, "event.recognition").attributes["image"] == visit.media_id
    assert await entry.runtime_data.visits.history.async_picture(visit.visit_id)


async def test_the_last_face_is_the_crop_of_the_last_visit(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    seen = []
    for user_id in ("anna", "chenwei"):
        await module.send_recognition(user_id)
        await settle(hass)
        image = state_of(hass, "image.last_face")
        answer = await client.get(image.attributes["entity_picture"])
        assert answer.status == 200
        assert answer.content_type == "image/jpeg"
        seen.append(await answer.read())
        assert image.state == visits_of(entry)[0].last_seen.isoformat()
    assert seen[0] != seen[1]
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    image = state_of(hass, "image.last_face")
    answer = await client.get(image.attributes["entity_picture"])
    assert await answer.read() == seen[1], "after a restart, too"


async def test_without_any_visit_there_is_no_face(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client_no_auth: ClientSessionGenerator
) -> None:
    image = state_of(hass, "image.last_face")
    assert image.state == "unknown"
    client = await hass_client_no_auth()
    answer = await client.get(image.attributes["entity_picture"])
    assert answer.status == 500
