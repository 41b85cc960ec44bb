"""Numbers change the module."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule

from .common import id_of, state_of


async def put(hass: HomeAssistant, entity_id: str, value: float) -> None:
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": id_of(entity_id), "value": value},
        blocking=True,
    )


@pytest.mark.parametrize(
    ("entity_id", "key", "value"),
    [
        ("number.liveness_threshold", "liveness_threshold", 80),
        ("number.recognition_threshold", "recognition_threshold", 75),
        ("number.minimum_face_size", "face_recognition_minsize", 719),
    ],
)
async def test_thresholds_are_the_modules_own(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    entity_id: str,
    key: str,
    value: int,
) -> None:
    # An echo that lies changes nothing: what counts is what is read back.
    module.quirks.echoes_wrong_threshold = True
    await put(hass, entity_id, value)
    assert getattr(module.config, key) == value
    assert state_of(hass, entity_id).state == str(value)


async def test_a_size_the_module_would_refuse_is_not_sent(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    with pytest.raises(ServiceValidationError):
        await put(hass, "number.minimum_face_size", 720)
    assert module.config.face_recognition_minsize == 100


async def test_numbers_sent_as_strings_are_read(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.quirks.numbers_as_strings = True
    await put(hass, "number.recognition_threshold", 66)
    assert state_of(hass, "number.recognition_threshold").state == "66"
