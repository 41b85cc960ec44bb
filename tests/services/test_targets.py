"""The device that an action is for: gone, another's, offline, with another password."""

from pathlib import Path

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, photo, refused


async def test_a_device_that_does_not_exist_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    with pytest.raises(ServiceValidationError):
        await perform(hass, "count_users", device_id="nothing")


async def test_a_device_of_another_integration_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "1")}
    )
    with pytest.raises(ServiceValidationError) as caught:
        await perform(hass, "count_users", device_id=device.id)
    assert caught.value.translation_key is not None


async def test_a_module_that_is_not_set_up_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError):
        await perform(hass, "count_users", device_id=device_id)


async def test_a_module_that_is_offline_is_an_error(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    await module.pull_cable()
    assert await refused(hass, "count_users", device_id=device_id) == "cannot_connect"


async def test_a_wrong_password_asks_for_the_right_one(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    module.password = "xyz987"
    error = await refused(hass, "get_user", device_id=device_id, user_id="anna")
    assert error == "invalid_auth"
    assert any(entry.async_get_active_flows(hass, {"reauth"}))


@pytest.mark.parametrize(
    ("action", "fields"),
    [("compare_faces", ("path_1", "path_2")), ("extract_feature", ("path",))],
)
async def test_a_wrong_password_is_no_picture_without_a_face(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
    action: str,
    fields: tuple[str, ...],
) -> None:
    path = photo(pictures, "Ben")
    module.password = "xyz987"
    data = {"device_id": device_id, **dict.fromkeys(fields, path)}
    assert await refused(hass, action, **data) == "invalid_auth"
    assert any(entry.async_get_active_flows(hass, {"reauth"}))
    module.password = "abc123"
    blurred = pictures / "blurred.jpg"
    blurred.write_bytes(portrait("Ben", blur=12))
    data = {"device_id": device_id, **dict.fromkeys(fields, str(blurred))}
    assert await refused(hass, action, quality_control="high", **data) == "poor_picture"
