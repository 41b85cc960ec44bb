"""Many houses on one broker: what they would publish is published, and the broker weighed.

What one module publishes is taken from a real Home Assistant, which then sees the modules
of all houses.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
import contextlib
from dataclasses import dataclass
from pathlib import Path
import tempfile
import time
from typing import NamedTuple

from broker import PASSWORD, USERNAME, Broker, broker
from hass_api import DemoError
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from .load import Bench, home_assistant, show

_HOUSES, _MODULES = 20, 50
# A busy door: somebody else every minute. The state is repeated every 20 s.
_VISIT_EVERY, _REPEAT_EVERY = 60.0, 20.0
_ROUND = 20.0
_OPTIONS = {
    "publish_mqtt": True,
    "publish_pictures": True,
    # Whoever comes is gone again before the capture ends.
    "presence_timeout": 1,
    "visit_window": 0,
}
_CAPTURED = 8.0
_PATIENCE = 300.0


class Message(NamedTuple):
    """A message, and whether the broker keeps it."""

    topic: str
    payload: bytes
    retain: bool = False


@dataclass(frozen=True)
class Published:
    """What one module publishes: once, again and again, and for each visit."""

    serial: str
    once: Sequence[Message]
    repeated: Message
    visit: Sequence[Message]

    def of(self, serial: str, message: Message) -> Message:
        """Return a message as another module would send it."""
        payload = message.payload
        if message.retain:
            payload = payload.replace(self.serial.encode(), serial.encode())
        return Message(message.topic.replace(self.serial, serial), payload, message.retain)


class House:
    """A client of the broker."""

    def __init__(self, port: int) -> None:
        """Connect; it listens to everything, as a house that discovers all modules."""
        self.heard: list[Message] = []
        self.count = 0
        self.keeps = False
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.username_pw_set(USERNAME, PASSWORD)
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()
        self._client.subscribe("#")

    def _hear(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        self.count += 1
        if self.keeps:
            heard = Message(message.topic, bytes(message.payload), message.retain)
            self.heard.append(heard)

    def publish(self, message: Message) -> None:
        """Publish."""
        self._client.publish(message.topic, message.payload, retain=message.retain)

    def leave(self) -> None:
        """Leave the broker."""
        self._client.disconnect()
        self._client.loop_stop()


@contextlib.asynccontextmanager
async def _captured(bench: Bench, running: Broker) -> AsyncIterator[Published]:
    """Publish a module, and have it visited once."""
    await bench.hass.add_broker(running.port, USERNAME, PASSWORD)
    ear = House(running.port)
    ear.keeps = True
    async with bench.module(options=_OPTIONS) as added:
        await asyncio.sleep(_CAPTURED)
        serial, module = added.module.serial, added.module
        begun = list(ear.heard)
        module.add_user("clara", "Clara Schumann")
        await module.send_recognition("clara")
        await asyncio.sleep(_CAPTURED)
        visit: list[Message] = []
        states = [one for one in begun if one.topic.endswith("/state")]
        kept = [one for one in begun if one.topic.endswith(("/config", "/availability"))]
        last = states[-1].payload if states else b""
        for one in ear.heard[len(begun) :]:
            if one.topic.endswith("/state"):
                # A repetition is counted as such.
                if one.payload == last:
                    continue
                last = one.payload
            visit.append(one)
        ear.leave()
        if not states or not any(one.topic.endswith("/event") for one in visit):
            raise DemoError("the module did not publish its visit")
        once = {one.topic: Message(one.topic, one.payload, retain=True) for one in kept}
        yield Published(serial, list(once.values()), states[-1], visit)


def _plan(published: Published, *, pictures: bool) -> Iterator[tuple[float, Message]]:
    """Return what all modules publish in a round, with the time of each (s)."""
    visit = [one for one in published.visit if pictures or "/image" not in one.topic]
    total = _HOUSES * _MODULES
    for number in range(total):
        serial = _serial(number)
        share = number / total
        repeated = published.of(serial, published.repeated)
        yield share * _REPEAT_EVERY, repeated
        # A third of them in a round of a third of a minute.
        if number % round(_VISIT_EVERY / _ROUND) == 0:
            for one in visit:
                yield share * _ROUND, published.of(serial, one)


def _serial(number: int) -> str:
    return f"0123A3888500{number:06}"


async def _replay(houses: Sequence[House], plan: Sequence[tuple[float, Message]]) -> None:
    begun = time.monotonic()
    for number, (at, message) in enumerate(plan):
        if (wait := begun + at - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        houses[number % len(houses)].publish(message)
    await asyncio.sleep(max(0.0, begun + _ROUND - time.monotonic()))


def _cpu_seconds(pid: int) -> float:
    """Return the processor time of a process of one thread."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


async def houses(rounds: int) -> None:
    """Show what 20 houses of 50 modules cost their broker, and one that sees them all."""
    with tempfile.TemporaryDirectory() as folder:
        async with broker(Path(folder)) as running, home_assistant() as bench:
            async with _captured(bench, running) as published:
                pass
            await _measure(bench, running, published, rounds)


async def _measure(
    bench: Bench, running: Broker, published: Published, rounds: int
) -> None:
    clients = [House(running.port) for _ in range(_HOUSES)]
    await _discover(bench, clients[0], published)
    for pictures in (False, True):
        plan = sorted(_plan(published, pictures=pictures), key=lambda one: one[0])
        size = sum(len(one.topic) + len(one.payload) for _, one in plan)
        words = "with pictures" if pictures else "no pictures"
        show(f"houses, {words}, published", [len(plan) / _ROUND], unit="messages/s")
        show(f"houses, {words}, published", [size / _ROUND / 1000], unit="kB/s")
        cpus, watchers, heard = [], [], []
        for _ in range(rounds):
            before = sum(one.count for one in clients)
            broker_begun, house_begun = _cpu_seconds(running.pid), bench.cpu_seconds()
            begun = time.monotonic()
            await _replay(clients, plan)
            took = time.monotonic() - begun
            cpus.append((_cpu_seconds(running.pid) - broker_begun) / took * 100)
            watchers.append((bench.cpu_seconds() - house_begun) / took * 100)
            heard.append((sum(one.count for one in clients) - before) / took)
        show(f"houses, {words}, delivered to {_HOUSES}", heard, unit="messages/s")
        show(f"houses, {words}, the broker", cpus, unit="% of a core")
        show(f"houses, {words}, a house that sees all", watchers, unit="% of a core")
    for one in clients:
        one.leave()


async def _discover(bench: Bench, house: House, published: Published) -> None:
    """Have Home Assistant discover the modules of all houses."""
    before, begun = bench.megabytes(), time.monotonic()
    cpu = bench.cpu_seconds()
    for number in range(_HOUSES * _MODULES):
        for one in published.once:
            house.publish(published.of(_serial(number), one))
    await bench.hass.connect()
    async with asyncio.timeout(_PATIENCE):
        while len(await bench.hass.states()) < _HOUSES * _MODULES * 7:
            await asyncio.sleep(5)
    await bench.hass.close()
    took = time.monotonic() - begun
    note = f"{bench.cpu_seconds() - cpu:.0f} s CPU, {_HOUSES * _MODULES} modules"
    show("houses, all discovered", [took], unit="s", note=note)
    # What waits for the recorder is no memory of the entities.
    await asyncio.sleep(10)
    show("houses, its memory", [bench.megabytes() - before], unit="MB")
