"""A guest is gone when it is over: from every module, with every picture."""

from datetime import timedelta
from typing import Any

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.face_module import logbook
from custom_components.face_module.const import EVENT_GUEST_REMOVED
from custom_components.face_module.fleet import guests
from custom_components.face_module.fleet.guests import Guests
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.waiting import DATA_WAITING
from simulator import SimulatedModule
from tests.common import come, device_of, eventually, perform, photo, poll
from tests.conftest import LetPass, SetUp, settle
from tests.people.kit import files
from tests.visits.conftest import Events

HOUR = timedelta(hours=1)
MINUTES = timedelta(minutes=5)


class House:
    """Two modules that know a guest."""

    def __init__(
        self,
        hass: HomeAssistant,
        modules: list[SimulatedModule],
        entries: list[MockConfigEntry],
    ) -> None:
        self.hass, self.modules, self.entries = hass, modules, entries
        self.removed = async_capture_events(hass, EVENT_GUEST_REMOVED)

    async def limit(self, **data: Any) -> None:
        """Say until when the guest may enter."""
        data = {"mode": "rule", "remove_afterwards": True, **data}
        await perform(self.hass, "set_access", user_id="zoe", **data)

    async def look(self, seconds: float = 2) -> None:
        """Let timers of the next seconds fire."""
        for _ in range(2):
            async_fire_time_changed(
                self.hass, dt_util.utcnow() + timedelta(seconds=seconds)
            )
            await settle(self.hass)

    @property
    def knows(self) -> list[bool]:
        return ["zoe" in module.users for module in self.modules]

    @property
    def is_in_roster(self) -> bool:
        return "zoe" in self.hass.data[DATA_ROSTER].people


@pytest.fixture
async def house(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, pictures: Any
) -> Any:
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as two:
        entries = [await set_up(), await set_up(two)]
        devices = [device_of(hass, entry) for entry in entries]
        path = photo(pictures, "Zoe", 1)
        await perform(hass, "enroll_user", device_id=devices, name="Zoe", path=path)
        house = House(hass, [module, two], entries)
        assert house.knows == [True, True]
        assert len(files(hass)) == 1
        yield house


def in_future(time: timedelta) -> str:
    return (dt_util.utcnow() + time).isoformat()


async def test_when_it_is_over_a_guest_is_gone_everywhere(
    house: House, let_pass: LetPass
) -> None:
    await house.limit(end=in_future(MINUTES))
    await house.look()
    assert (house.knows, house.removed) == ([True, True], [])
    let_pass(MINUTES)
    await house.look()
    assert house.knows == [False, False]
    assert not house.is_in_roster
    assert files(house.hass) == []
    assert [event.data for event in house.removed] == [
        {"user_id": "zoe", "name": "Zoe", "why": "over", "when_back": []}
    ]
    assert "anna" in house.modules[0].users


async def test_the_moment_comes_without_anybody_looking(house: House) -> None:
    await house.limit(end=in_future(timedelta(seconds=1.5)))
    await eventually(lambda: len(house.removed) == 1)
    assert house.knows == [False, False]


async def test_a_module_that_is_away_forgets_the_guest_when_it_is_back(
    house: House, let_pass: LetPass
) -> None:
    away = house.modules[1]
    await house.limit(end=in_future(MINUTES))
    await away.pull_cable()
    let_pass(MINUTES)
    await house.look()
    assert house.knows == [False, True]
    assert not house.is_in_roster
    assert files(house.hass) == []
    assert house.removed[0].data["when_back"] == [house.entries[1].title]
    await away.plug_in()
    await away.send_heartbeat()
    events = Events(house.hass)
    await come(house.hass, away, "zoe")
    assert not any("recognized" in told for told in events.told)
    await poll(house.hass)
    await eventually(lambda: house.knows == [False, False])
    assert not house.hass.data[DATA_WAITING].all()


async def test_what_is_told_of_a_guest_and_arrives_when_they_are_gone_opens_nothing(
    house: House,
) -> None:
    module = house.modules[0]
    await module.send_heartbeat()
    events = Events(house.hass)
    await house.limit(end=in_future(timedelta(seconds=1.5)))
    before = module.now()
    await eventually(lambda: len(house.removed) == 1)
    await module.send_recognition("zoe", username="Zoe", timestamp=before)
    await settle(house.hass)
    assert events.told == ["rejected: not_allowed zoe"]


async def test_even_if_no_module_answers_it_is_kept_and_done_later(
    house: House, let_pass: LetPass
) -> None:
    await house.limit(end=in_future(MINUTES))
    for module in house.modules:
        await module.pull_cable()
    let_pass(MINUTES)
    await house.look()
    assert not house.is_in_roster
    assert len(house.removed) == 1
    for module in house.modules:
        await module.plug_in()
        await module.send_heartbeat()
    await poll(house.hass)
    await eventually(lambda: house.knows == [False, False])


async def test_a_guest_whose_visits_are_used_up_is_gone_a_moment_later(
    hass: HomeAssistant, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.limit(visits=1)
    await house.modules[0].send_heartbeat()
    events = Events(hass)
    await come(hass, house.modules[0], "zoe")
    assert events.told == ["recognized zoe"]
    await house.look()
    assert house.knows == [True, True], "they are at the door"
    monkeypatch.setattr(guests, "LINGERS", 0.1)
    await house.look(61)
    await eventually(lambda: len(house.removed) == 1)
    assert house.removed[0].data["why"] == "used_up"
    assert house.knows == [False, False]
    assert events.told == ["recognized zoe"]


async def test_what_a_module_refuses_is_tried_again(
    house: House, let_pass: LetPass, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guests, "_AGAIN", 1.5)
    house.modules[0].faults.refuse.add("DeleteUser")
    await house.limit(end=in_future(MINUTES))
    let_pass(MINUTES)
    await house.look()
    assert house.knows == [True, False]
    assert house.is_in_roster
    assert house.removed == []
    house.modules[0].faults.refuse.clear()
    await eventually(lambda: len(house.removed) == 1)
    assert house.knows == [False, False]
    assert not house.is_in_roster


async def test_whoever_is_given_more_time_stays(house: House, let_pass: LetPass) -> None:
    await house.limit(end=in_future(MINUTES))
    await house.limit(end=in_future(HOUR))
    let_pass(MINUTES)
    await house.look()
    await house.limit(end=in_future(MINUTES), remove_afterwards=False)
    let_pass(MINUTES)
    await house.look()
    assert house.knows == [True, True]
    assert house.is_in_roster


async def test_a_clock_that_is_set_deletes_nobody(house: House, let_pass: LetPass) -> None:
    await house.limit(end=in_future(HOUR))
    let_pass(timedelta(days=365))
    await house.look()
    assert house.knows == [True, True]
    await house.look(3601)
    assert house.is_in_roster


async def test_whose_time_was_over_meanwhile_is_removed_at_the_next_start(
    hass: HomeAssistant, house: House, let_pass: LetPass
) -> None:
    await house.limit(end=in_future(HOUR))
    let_pass(HOUR)
    await house.look()
    assert not house.removed, "the clock may have been set"
    Guests(hass, hass.data[DATA_ROSTER])
    await house.look()
    assert house.knows == [False, False]
    assert not house.is_in_roster
    assert len(house.removed) == 1


@pytest.mark.parametrize(
    ("language", "why", "message"),
    [
        ("en", "over", "was removed as a guest: their time is over"),
        ("en", "used_up", "was removed as a guest: their visits are used up"),
        ("zh-Hans", "over", "的访客期限已过，已被删除"),
    ],
)
async def test_the_logbook_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, language: str, why: str, message: str
) -> None:
    hass.config.language = language
    await async_load_integrations(hass, {"face_module"})
    described: dict[str, Any] = {}
    logbook.async_describe_events(
        hass, lambda _domain, kind, describe: described.update({kind: describe})
    )
    told = described[EVENT_GUEST_REMOVED](
        Event(EVENT_GUEST_REMOVED, {"name": "Zoe", "why": why})
    )
    assert (told["name"], told["message"]) == ("Zoe", message)
