"""The module's own records of recognitions, and its clock."""

from datetime import UTC, datetime, timedelta
import time
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockUser
import voluptuous as vol

from simulator import SimulatedModule
from simulator.state import Record
from tests.common import device_of, perform, refused
from tests.conftest import SetUp, settle
from tests.services.kit import HOUR, NOON, near, record, search, times

pytestmark = pytest.mark.usefixtures("shanghai")


# Searching


async def test_records_come_the_latest_first(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    record(module, NOON, NOON + 2 * HOUR, NOON + HOUR)
    record(module, NOON, user_id="chenwei")
    answer = await search(hass, device_id)
    assert answer["count"] == 3
    assert near(times(answer), NOON + 2 * HOUR, NOON + HOUR, NOON)


# In Berlin the clock says 02:00 to 03:00 twice on that day.
SUMMER_ENDS = datetime(2026, 10, 25, 0, tzinfo=UTC)
HALF_HOURS = [SUMMER_ENDS + n * HOUR / 2 for n in range(-1, 6)]


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        pytest.param({}, HALF_HOURS, id="all"),
        pytest.param(
            {"since": "2026-10-25T02:15:00"}, HALF_HOURS[2:], id="from the first one on"
        ),
        pytest.param(
            {"until": "2026-10-25 02:45:00"}, HALF_HOURS[:3], id="to the first one"
        ),
        pytest.param(
            {"since": "2026-10-25T02:15:00+02:00", "until": "2026-10-25T02:45:00+02:00"},
            HALF_HOURS[2:3],
            id="with offsets: summer",
        ),
        pytest.param(
            {"since": "2026-10-25T02:15:00+01:00", "until": "2026-10-25T02:45:00+01:00"},
            HALF_HOURS[4:5],
            id="with offsets: winter",
        ),
        pytest.param(
            {"since": "2026-10-25T02:45:00+02:00", "until": "2026-10-25T02:15:00+01:00"},
            HALF_HOURS[3:4],
            id="the later time of day is earlier",
        ),
        pytest.param(
            {"since": "2026-10-25T02:15:00", "until": "2026-10-25T02:45:00"},
            HALF_HOURS[2:3],
            id="without offsets: the first one",
        ),
    ],
)
async def test_the_hour_that_is_there_twice_comes_in_order(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    bounds: dict[str, str],
    expected: list[datetime],
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    entry = await set_up()
    record(module, *HALF_HOURS[::2], *HALF_HOURS[1::2])
    answer = await search(hass, device_of(hass, entry), **bounds)
    assert near(times(answer), *reversed(expected))
    offsets = [found["time"][-6:] for found in answer["records"]]
    assert offsets == sorted(offsets), "winter first, which is later"
    assert answer["count"] == len(expected)


async def test_a_record_has_who_how_sure_and_the_local_time(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    record(module, NOON + timedelta(seconds=30), user_id="chenwei", score=0.97654)
    (found,) = (await search(hass, device_id, user_id="chenwei"))["records"]
    assert found.pop("time")[:-8] == "2026-11-20T20:00:"
    assert found == {"user_id": "chenwei", "name": "陈伟", "score": 97.7}
    (found,) = (await search(hass, device_id, user_id="chenwei"))["records"]
    assert found["time"].endswith("+08:00")


async def test_whoever_walks_by_has_a_record(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    await module.walk_by("anna")
    await settle(hass)
    answer = await search(hass, device_id)
    assert near(times(answer), datetime.now(UTC))
    (kept,) = module.records
    assert answer["records"][0]["score"] == round(kept.score * 100, 1)


async def test_who_is_not_enrolled_any_more_still_has_records(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    record(module, NOON)
    await perform(hass, "delete_user", device_id=device_id, user_id="anna")
    answer = await search(hass, device_id)
    assert [found["name"] for found in answer["records"]] == ["Anna"]


async def test_whom_nobody_knows_has_no_records(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    record(module, NOON)
    answer = await search(hass, device_id, user_id="nobody")
    assert answer == {"count": 0, "records": []}


@pytest.mark.parametrize("quirk", ["null_lists", "missing_lists", "records_uuid_is_name"])
async def test_firmware_may_answer_otherwise(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, quirk: str
) -> None:
    module.quirks.set(quirk)
    answer = await search(hass, device_id)
    assert answer == {"count": 0, "records": []}
    record(module, NOON)
    answer = await search(hass, device_id)
    assert answer["records"][0]["user_id"] == "anna", "as it was asked for"
    assert near(times(answer), NOON)


async def test_everybody_may_look(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    hass_read_only_user: MockUser,
) -> None:
    record(module, NOON)
    answer = await perform(
        hass,
        "search_records",
        Context(user_id=hass_read_only_user.id),
        device_id=device_id,
        user_id="anna",
    )
    assert answer["count"] == 1


async def test_an_unplugged_module_says_so(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    await module.pull_cable()
    data = {"device_id": device_id, "user_id": "anna"}
    assert await refused(hass, "search_records", **data) == "cannot_connect"


# From when to when


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        # Noon in London is eight o'clock in the evening in Shanghai.
        ({"since": "2026-11-20 20:30:00"}, [2, 1]),
        ({"since": "2026-11-20T20:30:00"}, [2, 1]),
        ({"since": "2026-11-20T12:30:00+00:00"}, [2, 1]),
        ({"since": "2026-11-20T07:30:00-05:00"}, [2, 1]),
        ({"since": datetime(2026, 11, 20, 20, 30)}, [2, 1]),  # noqa: DTZ001 # local
        ({"until": "2026-11-20 21:30:00"}, [1, 0]),
        ({"until": "2026-11-20T13:30:00Z"}, [1, 0]),
        ({"since": "2026-11-20 20:30:00", "until": "2026-11-20T13:30:00Z"}, [1]),
        ({"since": "2026-11-21 00:00:00"}, []),
        ({"until": "2026-11-20 00:00:00"}, []),
        ({"since": "2026-11-20 00:00:00", "until": "2026-11-20 23:59:59"}, [2, 1, 0]),
    ],
)
async def test_records_of_a_time_are_found(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    given: dict[str, Any],
    hours: list[int],
) -> None:
    record(module, NOON, NOON + HOUR, NOON + 2 * HOUR)
    answer = await search(hass, device_id, **given)
    assert answer["count"] == len(hours)
    assert near(times(answer), *(NOON + number * HOUR for number in hours))


async def test_only_the_latest_are_returned_and_all_are_counted(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    record(module, *(NOON + number * timedelta(minutes=1) for number in range(150)))
    answer = await search(hass, device_id)
    assert (answer["count"], len(answer["records"])) == (150, 100)
    answer = await search(
        hass, device_id, limit=1, until=(NOON + 9.5 * timedelta(minutes=1)).isoformat()
    )
    assert answer["count"] == 10
    assert near(times(answer), NOON + 9 * timedelta(minutes=1))


@pytest.mark.parametrize(
    "given",
    [
        {"since": "2026-11-20 12:00:01", "until": "2026-11-20 12:00:00"},
        # Later on the clock on the wall, but earlier.
        {"since": "2026-11-20T12:00:00-05:00", "until": "2026-11-20 20:00:00"},
    ],
)
async def test_a_begin_after_the_end_is_refused(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, given: dict[str, str]
) -> None:
    data = {"device_id": device_id, "user_id": "anna", **given}
    assert await refused(hass, "search_records", **data) == "since_after_until"
    assert "SearchRecords" not in [request.name for request in module.requests]


@pytest.mark.parametrize(
    "given",
    [
        *({"limit": 0}, {"limit": 1001}, {"limit": "many"}),
        *({"since": "yesterday"}, {"until": 5}),
    ],
)
async def test_what_is_no_time_or_number_is_refused(
    hass: HomeAssistant, device_id: str, given: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await search(hass, device_id, **given)


@pytest.mark.parametrize("user_id", ["", " \n", "a\u0000b"])
async def test_what_is_no_user_id_is_refused(
    hass: HomeAssistant, device_id: str, user_id: str
) -> None:
    for action in ("search_records", "delete_records"):
        data = {"device_id": device_id, "user_id": user_id}
        assert await refused(hass, action, **data) == "user_id_invalid"


# A clock that is wrong


def ahead(module: SimulatedModule) -> timedelta:
    """Return how far the module's clock is ahead."""
    return timedelta(seconds=module.clock_offset)


@pytest.mark.parametrize("hours", [1, -7, "1970"])
async def test_times_are_corrected_once_the_clock_was_heard(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, hours: Any
) -> None:
    entry = await set_up(keep_clock_set=False)
    device_id = device_of(hass, entry)
    module.clock_offset = -time.time() + 60 if hours == "1970" else hours * 3600
    now = datetime.now(UTC)
    record(module, now + ahead(module))
    assert near(times(await search(hass, device_id)), now + ahead(module)), "unheard of"
    await module.send_heartbeat()
    await settle(hass)
    assert near(times(await search(hass, device_id)), now)
    minute = timedelta(minutes=1)
    data = {
        "since": (now - minute).isoformat(),
        "until": (now + minute).isoformat(),
    }
    assert (await search(hass, device_id, **data))["count"] == 1
    assert (await search(hass, device_id, until=data["since"]))["count"] == 0


@pytest.mark.parametrize(
    "timestamp", [-1, 0, -(10**10), -(10**18), 10**11, 10**18, 2**63, 10**30]
)
@pytest.mark.parametrize("heard", [False, True])
async def test_an_absurd_time_spoils_no_other_record(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    timestamp: int,
    *,
    heard: bool,
) -> None:
    if heard:
        await module.send_heartbeat()
        await settle(hass)
    module.records.append(Record("anna", "Anna", 0.97, timestamp))
    record(module, NOON)
    module.records.append(Record("anna", "Anna", 0.97, timestamp))
    answer = await search(hass, device_id)
    assert any(near([found], NOON) for found in times(answer))
    assert answer["count"] == len(answer["records"]) <= 3
    day = {"since": "2026-11-20 00:00:00", "until": "2026-11-21 00:00:00"}
    answer = await search(hass, device_id, **day)
    assert near(times(answer), NOON)


# Deleting


async def test_records_of_one_person_are_deleted(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    record(module, NOON, NOON + HOUR)
    record(module, NOON, user_id="chenwei")
    answer = await perform(hass, "delete_records", device_id=device_id, user_id="anna")
    assert answer == {"user_id": "anna"}
    assert [kept.user_id for kept in module.records] == ["chenwei"]
    assert "anna" in module.users
    answer = await perform(hass, "delete_records", device_id=device_id, user_id="anna")
    assert answer == {"user_id": "anna"}, "nothing to delete is no failure"


async def test_an_echo_of_another_id_is_not_believed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.quirks.records_uuid_is_name = True
    record(module, NOON)
    answer = await perform(hass, "delete_records", device_id=device_id, user_id="anna")
    assert answer == {"user_id": "anna"}
    assert module.records == []


@pytest.mark.parametrize("given", [{}, {"confirm": False}])
async def test_all_records_are_deleted_only_when_it_is_confirmed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, given: dict[str, bool]
) -> None:
    record(module, NOON)
    record(module, NOON, user_id="chenwei")
    error = await refused(hass, "clear_records", device_id=device_id, **given)
    assert error == "not_confirmed"
    assert len(module.records) == 2
    assert await perform(hass, "clear_records", device_id=device_id, confirm=True) == {}
    assert module.records == []
    assert len(module.users) == 2


async def test_without_an_answer_it_is_done_all_the_same(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    record(module, NOON)
    await hass.services.async_call(
        "face_module",
        "clear_records",
        {"device_id": device_id, "confirm": True},
        blocking=True,
    )
    assert module.records == []


@pytest.mark.parametrize(
    ("action", "call"),
    [("delete_records", "DeleteRecords"), ("clear_records", "DeleteALLRecords")],
)
async def test_a_refused_deletion_is_said_in_the_modules_words(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, action: str, call: str
) -> None:
    record(module, NOON)
    module.faults.refuse.add(call)
    given = {"user_id": "anna"} if action == "delete_records" else {"confirm": True}
    with pytest.raises(HomeAssistantError, match="refused by simulator"):
        await perform(hass, action, device_id=device_id, **given)
    assert len(module.records) == 1


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("delete_records", {"user_id": "anna"}),
        ("clear_records", {"confirm": True}),
        ("set_clock", {}),
    ],
)
async def test_only_administrators_write(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    hass_read_only_user: MockUser,
    hass_admin_user: MockUser,
    action: str,
    given: dict[str, Any],
) -> None:
    record(module, NOON)
    module.clock_offset = 3600
    context = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await perform(hass, action, context, device_id=device_id, **given)
    assert len(module.records) == 1
    assert module.clock_offset == 3600
    context = Context(user_id=hass_admin_user.id)
    await perform(hass, action, context, device_id=device_id, **given)
    assert (module.records == []) != (module.clock_offset != 3600), "it did its own part"
