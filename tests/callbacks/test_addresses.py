"""Addresses: which a module is told to call, and what it made of them."""

import socket

from homeassistant.components.http import ApiConfig
from homeassistant.core import HomeAssistant
import pytest

from custom_components.face_module.callbacks.addresses import (
    async_bases,
    is_made_of,
    origins,
)


@pytest.mark.parametrize(
    ("kept", "is_ours"),
    [
        ("http://192.0.2.1:8123/api/webhook/abc", False),
        ("http://192.0.2.1:8123/api/webhook/abc/", False),
        ("HTTP://192.0.2.1:8123/API/WEBHOOK/ABC", True),
        ("http://192.0.2.1:8123/api/webho", True),
        ("http://192.0.2.1:8123/api/webhook/abc?x=1", True),
        ("http://192.0.2.7/recognition", False),
    ],
)
def test_what_a_module_made_of_an_address_is_no_other_systems(
    kept: str, is_ours: bool
) -> None:
    given = "http://192.0.2.1:8123/api/webhook/abc"
    assert is_made_of(kept, given) is is_ours


async def test_a_host_name_is_looked_up_for_its_route(hass: HomeAssistant) -> None:
    hass.config.api = ApiConfig("127.0.0.1", "127.0.0.1", 8123, use_ssl=False)
    assert (await async_bases(hass, "localhost", 8080, ""))[0] == "http://127.0.0.1:8123"


async def test_a_host_name_that_is_unknown_has_no_route(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    hass.config.api = ApiConfig("192.0.2.1", "192.0.2.1", 8123, use_ssl=False)
    assert await async_bases(hass, "does-not-exist.invalid", 8080, "http://x/") == [
        "http://x",
        # What Home Assistant thinks that it is called in its own network.
        "http://192.0.2.1:8123",
    ]


def test_what_is_no_address_shows_nothing() -> None:
    assert origins(["no address"]) == "?"
