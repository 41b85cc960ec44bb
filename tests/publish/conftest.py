"""A broker, and another house on it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
import json
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

from homeassistant.components import mqtt
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_mqtt_message,
    async_fire_time_changed,
)

from custom_components.face_module.publish import module as publishing
from simulator import SimulatedModule
from tests.conftest import SERIAL, settle

CONFIG = f"homeassistant/device/{SERIAL}/config"
TOPICS = f"face_module/{SERIAL}"


class Broker:
    """What Home Assistant's MQTT integration was given, and whether it is connected."""

    def __init__(self, hass: HomeAssistant, client: Any, paho: Any) -> None:
        self._hass, self._client, self._paho = hass, client, paho
        self._seen = 0
        # What a broker keeps, as it would be sent to whoever comes later.
        self.retained: dict[str, Any] = {}

    def messages(self) -> list[tuple[str, Any]]:
        """Return topics and payloads since the last time, JSON as its values."""
        calls = self._paho.publish.call_args_list
        new, self._seen = calls[self._seen :], len(calls)
        found = []
        for call in new:
            topic, payload, _, retain, *_ = call.args
            if retain:
                self.retained[topic] = payload
                if not payload:
                    del self.retained[topic]
            is_json = isinstance(payload, str) and payload.startswith("{")
            found.append((topic, json.loads(payload) if is_json else payload))
        return found

    def last(self, topic: str) -> Any:
        """Return the last payload of a topic, since the last time."""
        return next((p for t, p in reversed(self.messages()) if t == topic), None)

    async def deliver(self) -> None:
        """Send what is retained to who listens now, as a broker would; repeat the rest."""
        self.messages()
        for topic, payload in self.retained.items():
            async_fire_mqtt_message(self._hass, topic, payload, 1, retain=True)
        async_fire_time_changed(self._hass, dt_util.utcnow() + timedelta(seconds=4))
        await settle(self._hass)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Take nothing of ours, before anybody knows that the connection is lost."""
        publish, refused = self._paho.publish, SimpleNamespace(mid=1, rc=4)

        def take(topic: str, *more: Any) -> Any:
            return refused if SERIAL in topic else publish(topic, *more)

        self._paho.publish = Mock(side_effect=take)
        yield
        self._paho.publish = publish

    async def lose(self) -> None:
        """Lose the connection."""
        self._client.connected = False
        async_dispatcher_send(self._hass, mqtt.MQTT_CONNECTION_STATE, False)
        await settle(self._hass)

    async def find(self, *, told: bool = True) -> None:
        """Have it again; unless it is `told`, nobody knows yet."""
        self._client.connected = True
        if told:
            async_dispatcher_send(self._hass, mqtt.MQTT_CONNECTION_STATE, True)
        await settle(self._hass)


type NewBroker = Callable[[], Awaitable[Broker]]


@pytest.fixture
def new_broker(
    hass: HomeAssistant,
    base_url: str,
    mock_hass_config: None,
    mqtt_client_mock: Any,
    mqtt_mock_entry: Any,
) -> NewBroker:
    """Add the MQTT integration, which reaches its broker."""

    fire = mqtt_client_mock.publish.side_effect

    def publish(topic: str, payload: Any, qos: int, _retain: bool, *more: Any) -> Any:
        # Who listens already is told as of anything.
        return fire(topic, payload, qos, False, *more)

    mqtt_client_mock.publish.side_effect = publish

    async def add() -> Broker:
        client = await mqtt_mock_entry()
        # Its watch over a socket that is none ends.
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
        await settle(hass)
        return Broker(hass, client, mqtt_client_mock)

    return add


@pytest.fixture
async def broker(new_broker: NewBroker) -> Broker:
    """A broker that is there before the module."""
    return await new_broker()


@pytest.fixture
def another_house(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at this Home Assistant as at another: it hides nothing from itself."""
    monkeypatch.setattr(publishing, "async_hide", lambda *_: None)


def elsewhere(hass: HomeAssistant, platform: str, key: str) -> State | None:
    """Return a state as another house shows it, None if there is no such entity."""
    entities = er.async_get(hass)
    entity_id = entities.async_get_entity_id(platform, "mqtt", f"{SERIAL}_{key}")
    return None if entity_id is None else hass.states.get(entity_id)


def mirrored(hass: HomeAssistant) -> list[dr.DeviceEntry]:
    """Return the devices that the MQTT integration has."""
    (entry,) = hass.config_entries.async_entries("mqtt")
    return dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)


async def see(hass: HomeAssistant, module: SimulatedModule, user_id: str) -> None:
    """Let somebody come, and everything be told."""
    await module.send_recognition(user_id)
    await settle(hass)
