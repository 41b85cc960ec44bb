"""Actions about the sentences that Assist understands."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.helpers import config_validation as cv
import voluptuous as vol

from ..voice.installing import DATA_SENTENCES
from .description import ActionDescription, Target

ATTR_OVERWRITE: Final = "overwrite"


async def _install_sentences(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Write the sentences into the configuration folder; nothing is asked of a module."""
    sentences = hass.data[DATA_SENTENCES]
    return asdict(await sentences.async_install(overwrite=data[ATTR_OVERWRITE]))


async def _remove_sentences(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Remove what was written; nothing is asked of a module."""
    return asdict(await hass.data[DATA_SENTENCES].async_remove())


VOICE_ACTIONS: Final = (
    ActionDescription(
        name="install_sentences",
        fields={vol.Optional(ATTR_OVERWRITE, default=False): cv.boolean},
        run=_install_sentences,
        has_device=False,
        admin=True,
    ),
    ActionDescription(
        name="remove_sentences",
        fields={},
        run=_remove_sentences,
        has_device=False,
        admin=True,
    ),
)
