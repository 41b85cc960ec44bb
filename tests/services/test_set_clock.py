"""The module's clock is set."""

from datetime import UTC, datetime
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from simulator import SimulatedModule
from simulator.state import Record
from tests.common import device_of, perform, refused
from tests.conftest import SetUp, settle
from tests.services.kit import near, search, times

pytestmark = pytest.mark.usefixtures("shanghai")


def shows(module: SimulatedModule, expected: datetime) -> bool:
    """Say whether the module's clock shows this time."""
    return abs(module.now() - expected.timestamp()) <= 5


@pytest.mark.parametrize("offset", [3600, -86_400, -1_700_000_000])
async def test_the_clock_is_set_to_now(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, offset: float
) -> None:
    module.clock_offset = offset
    answer = await perform(hass, "set_clock", device_id=device_id)
    assert answer == {"results": [{"device_id": device_id, "ok": True}]}
    assert shows(module, datetime.now(UTC))


@pytest.mark.parametrize(
    "given",
    [
        *("2027-03-01 12:00:00", "2027-03-01T12:00:00+08:00", "2027-03-01T04:00:00Z"),
        datetime(2027, 3, 1, 12),  # noqa: DTZ001 # local
    ],
)
async def test_the_clock_is_set_to_a_given_time(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, given: Any
) -> None:
    await perform(hass, "set_clock", device_id=device_id, datetime=given)
    assert shows(module, datetime(2027, 3, 1, 4, tzinfo=UTC))


async def test_what_is_no_time_sets_no_clock(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    with pytest.raises(vol.Invalid):
        await perform(hass, "set_clock", device_id=device_id, datetime="noon")
    # The module counts from 1970 on.
    data = {"device_id": device_id, "datetime": "1960-01-01 00:00:00"}
    assert await refused(hass, "set_clock", **data) == "refused"
    assert module.clock_offset == 0


async def test_the_next_records_are_right(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.clock_offset = 3600
    await perform(hass, "set_clock", device_id=device_id)
    await module.walk_by("anna")
    await settle(hass)
    assert near(times(await search(hass, device_id)), datetime.now(UTC))


async def test_an_unplugged_module_is_a_line_and_the_others_are_set(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, set_up: SetUp
) -> None:
    async with (
        SimulatedModule(serial="0123A38884CE690002", password="abc123") as two,
        SimulatedModule(serial="0123A38884CE690003", password="abc123") as three,
    ):
        modules = [module, two, three]
        entries = [entry, await set_up(two), await set_up(three)]
        devices = [device_of(hass, one) for one in entries]
        for one in modules:
            one.clock_offset = 3600
        await two.pull_cable()
        answer = await perform(hass, "set_clock", device_id=devices)
        lines = [
            {"device_id": devices[0], "ok": True},
            {
                "device_id": devices[1],
                "ok": False,
                "error": "Face module 0002 does not answer.",
            },
            {"device_id": devices[2], "ok": True},
        ]
        assert answer == {"results": lines}
        now = datetime.now(UTC)
        assert [shows(one, now) for one in modules] == [True, False, True]
        data = {"device_id": [devices[1]]}
        assert await refused(hass, "set_clock", **data) == "cannot_connect"


async def test_a_slow_answer_moves_no_time(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    when = module.now() - 3600
    module.records.append(Record("anna", "Anna", 0.97, when))
    module.faults.latency = 1.5
    answer = await perform(hass, "search_records", device_id=device_id, user_id="anna")
    (record,) = answer["records"]
    assert datetime.fromisoformat(record["time"]).timestamp() == when


@pytest.mark.parametrize(
    ("zone", "when"),
    [("Asia/Shanghai", 253_402_300_799), ("US/Pacific", -62_135_586_000)],
)
async def test_a_time_at_the_edge_of_the_calendar_is_no_error(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, zone: str, when: int
) -> None:
    await hass.config.async_set_time_zone(zone)
    module.records.append(Record("anna", "Anna", 0.97, when))
    answer = await perform(hass, "search_records", device_id=device_id, user_id="anna")
    assert answer == {"count": 0, "records": []}
