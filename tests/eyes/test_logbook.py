"""Activity says what made an eye look."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from tests.common import id_of

from .conftest import MOTION, Doorbell, Watch, move


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: Any) -> None:
    """Let the database be there before Home Assistant is."""


@pytest.fixture
async def doorbell(recorder_mock: Any, hass: HomeAssistant, doorbell: Doorbell) -> Doorbell:
    """A doorbell in a house with a logbook; it needs no frontend here."""
    hass.config.components.add("frontend")
    assert await async_setup_component(hass, "logbook", {})
    return doorbell


async def test_the_line_of_a_visit_says_what_triggered_it(
    hass: HomeAssistant,
    watch: Watch,
    doorbell: Doorbell,
    hass_ws_client: WebSocketGenerator,
) -> None:
    began = dt_util.utcnow()
    await watch()
    doorbell.shows = "Anna"
    await move(hass)
    await get_instance(hass).async_block_till_done()
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id(
        {"type": "logbook/get_events", "start_time": began.isoformat()}
    )
    lines = (await socket.receive_json())["result"]
    (line,) = [one for one in lines if one.get("entity_id") == id_of("event.recognition")]
    assert line["attributes"]["event_type"] == "recognized"
    assert line["context_entity_id"] == MOTION
