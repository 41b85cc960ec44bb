"""Every blueprint is run in both languages, and no run may fail."""

from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from tests.common import complaints

from .kit import CHINESE, Language, errors


@pytest.fixture(params=["", CHINESE], ids=["en", "zh-Hans"])
def language(request: pytest.FixtureRequest) -> Language:
    """The language of the blueprint."""
    return Language(request.param)


@pytest.fixture
async def clean(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[None]:
    """No run ends in an error, no template warns, nothing of ours complains."""
    yield
    assert errors(hass) == []
    warned = [item.getMessage() for item in caplog.records if item.levelname == "WARNING"]
    assert [text for text in warned if "emplate" in text] == []
    assert complaints(caplog) == []
    if automations := hass.states.async_entity_ids("automation"):
        # Those that wait for a time of the day leave no timer behind.
        data = {"entity_id": automations}
        await hass.services.async_call("automation", "turn_off", data, blocking=True)


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """What `TELL` was told."""
    calls: list[ServiceCall] = async_mock_service(hass, "test", "told")
    return calls


@pytest.fixture
def unlocked(hass: HomeAssistant) -> list[ServiceCall]:
    """Doors that were unlocked."""
    calls: list[ServiceCall] = async_mock_service(hass, "lock", "unlock")
    return calls


@pytest.fixture
def disarmed(hass: HomeAssistant) -> list[ServiceCall]:
    """Alarms that were disarmed."""
    calls: list[ServiceCall] = async_mock_service(
        hass, "alarm_control_panel", "alarm_disarm"
    )
    return calls
