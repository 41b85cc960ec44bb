"""The action that says who may enter, and those that tell it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import PropertyMock, patch

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.face_module.people import ledger
from custom_components.face_module.people.conflicts import DATA_CONFLICTS
from custom_components.face_module.people.roster import DATA_ROSTER, Roster
from custom_components.face_module.people.rule import (
    ALWAYS,
    AccessMode,
    AccessRule,
    Match,
)
from simulator import SimulatedModule
from tests.common import perform, photo, refused, rule_of
from tests.conftest import OTHER_SERIAL, SERIAL, Another


@pytest.fixture(autouse=True)
async def gate(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.states.async_set("switch.gate", "on", {"friendly_name": "Gate"})


async def test_a_rule_is_set_and_answered_in_words(
    hass: HomeAssistant, device_id: str
) -> None:
    answer = await perform(
        hass,
        "set_access",
        user_id="anna",
        mode="rule",
        start="2026-12-24 12:00:00",
        end="2027-03-31T18:30:00+02:00",
        entities=["switch.gate", "switch.gate"],
        match="any",
        visits=3,
        device_id=[device_id],
        remove_afterwards=True,
    )
    assert answer == {
        "user_id": "anna",
        "mode": "rule",
        "text": "May enter while Gate is on, from 24 December 2026 12:00,"
        " until 31 March 2027 18:30, 3 more times, only at Face module F6EE,"
        " removed afterwards",
    }
    assert rule_of(hass) == AccessRule(
        mode=AccessMode.RULE,
        start=datetime(2026, 12, 24, 11, tzinfo=UTC),
        end=datetime(2027, 3, 31, 16, 30, tzinfo=UTC),
        entities=("switch.gate",),
        match=Match.ANY,
        visits=3,
        doors=(SERIAL,),
        remove_afterwards=True,
    )
    assert hass.data[DATA_ROSTER].people["anna"].name == "Anna", "as the module calls her"
    answer = await perform(hass, "set_access", user_id="anna", mode="never")
    assert answer == {"user_id": "anna", "mode": "never", "text": "May never enter"}
    hass.config.language = "zh-Hans"
    answer = await perform(hass, "set_access", user_id="anna", mode="always")
    assert answer["text"] == "随时可以进入"
    assert rule_of(hass) == ALWAYS


@pytest.mark.parametrize(
    ("start", "stored"),
    [
        # What the clock skips, and what it shows twice: the first of both.
        ("2026-03-29 02:30:00", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("2026-10-25 02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
async def test_a_time_of_the_night_when_the_clock_is_changed(
    hass: HomeAssistant, entry: MockConfigEntry, start: str, stored: datetime
) -> None:
    await perform(hass, "set_access", user_id="anna", mode="rule", start=start)
    assert rule_of(hass).start == stored


PAST = (dt_util.utcnow() - timedelta(hours=1)).isoformat()
FUTURE = (dt_util.utcnow() + timedelta(hours=1)).isoformat()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"mode": "rule"}, "access_no_condition"),
        ({"mode": "rule", "match": "any"}, "access_no_condition"),
        ({"mode": "always", "visits": 1}, "access_conditions_unused"),
        ({"mode": "never", "end": FUTURE}, "access_conditions_unused"),
        ({"mode": "rule", "start": FUTURE, "end": PAST}, "access_end_before_start"),
        ({"mode": "rule", "start": FUTURE, "end": FUTURE}, "access_end_before_start"),
        ({"mode": "rule", "entities": "switch.gone"}, "access_entity_unknown"),
        ({"mode": "rule", "entities": "light.hall"}, "access_entity_kind"),
        (
            {"mode": "rule", "entities": [f"switch.n{number}" for number in range(101)]},
            "access_too_many_entities",
        ),
        ({"mode": "rule", "device_id": "nothing"}, "access_door_unknown"),
        (
            {"mode": "rule", "entities": "switch.gate", "remove_afterwards": True},
            "access_never_over",
        ),
        ({"mode": "rule", "end": PAST, "remove_afterwards": True}, "access_over"),
        ({"mode": "rule", "visits": 0, "remove_afterwards": True}, "access_over"),
        ({"user_id": "nobody", "mode": "never"}, "user_unknown"),
    ],
)
async def test_what_makes_no_sense_is_refused_in_words(
    hass: HomeAssistant, entry: MockConfigEntry, data: dict[str, Any], error: str
) -> None:
    assert await refused(hass, "set_access", **{"user_id": "anna", **data}) == error
    assert "anna" not in hass.data[DATA_ROSTER].people


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"mode": "sometimes"},
        {"mode": "rule", "visits": -1},
        {"mode": "rule", "visits": 100_000},
        {"mode": "rule", "match": "some", "visits": 1},
        {"mode": "rule", "end": "tomorrow"},
        {"mode": "rule", "entities": "all of them"},
        {"mode": "rule", "visits": float("inf")},
    ],
)
async def test_what_is_no_rule_is_invalid(
    hass: HomeAssistant, entry: MockConfigEntry, data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await perform(hass, "set_access", user_id="anna", **data)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York"])
@pytest.mark.parametrize("offset", ["", "+00:00", "+14:00", "-12:00"])
async def test_the_ends_of_the_calendar_are_times_everywhere(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, zone: str, offset: str
) -> None:
    await hass.config.async_set_time_zone(zone)
    ends = {"start": f"0001-01-01T00:00:00{offset}", "end": f"9999-12-31T23:59:59{offset}"}
    await perform(hass, "set_access", user_id="anna", mode="rule", **ends)
    page = await perform(hass, "list_users", device_id=device_id, with_names=True)
    (anna,) = (user for user in page["users"] if user["user_id"] == "anna")
    assert anna["access"]["may_enter"]
    stored = {**rule_of(hass).as_dict(), "start": ends["start"][:19] + "+00:00"}
    assert AccessRule.from_dict(stored) == rule_of(hass)


async def test_whoever_has_the_id_on_another_module_is_not_left_out(
    hass: HomeAssistant, device_id: str, another: Another, pictures: Path
) -> None:
    """The list knows only one of them, and nobody has looked at the other module yet."""
    simulated, _, _ = another
    data = {"device_id": device_id, "user_id": "zoe", "path": photo(pictures, "Zoe", 1)}
    await perform(hass, "enroll_user", name="Zoe", **data)
    simulated.add_user("zoe", "Zelda")
    error = await refused(hass, "set_access", user_id="zoe", mode="never")
    assert error == "several_people"


async def test_of_whom_the_rule_is_lost_it_is_told_that_they_may_not_enter(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    with patch.object(Roster, "lost", PropertyMock(return_value={"anna"})):
        page = await perform(hass, "list_users", device_id=device_id, with_names=True)
    told = {user["user_id"]: user["access"]["may_enter"] for user in page["users"]}
    assert told == {"anna": False, "chenwei": True}


async def test_only_administrators_say_who_may_enter(
    hass: HomeAssistant, entry: MockConfigEntry, hass_read_only_user: MockUser
) -> None:
    with pytest.raises(Unauthorized):
        await perform(
            hass,
            "set_access",
            Context(user_id=hass_read_only_user.id),
            user_id="anna",
            mode="never",
        )


async def test_a_user_id_of_several_people_is_refused(
    hass: HomeAssistant, device_id: str, another: Another
) -> None:
    simulated, _, _ = another
    simulated.add_user("anna", "Anna Miller")
    error = await refused(hass, "set_access", user_id="anna", mode="never")
    assert error == "several_people"
    roster = hass.data[DATA_ROSTER]
    roster.async_put(roster.async_new("ben", "Ben"))
    roster.async_put(roster.async_new("ben", "Benno"))
    assert "ben" in hass.data[DATA_CONFLICTS].open or len(roster.of_id("ben")) == 2
    error = await refused(hass, "set_access", user_id="ben", mode="never")
    assert error == "several_people"


async def test_a_door_may_be_away_when_it_is_named(
    hass: HomeAssistant, device_id: str, another: Another
) -> None:
    _, entry, other = another
    await hass.config_entries.async_unload(entry.entry_id)
    answer = await perform(
        hass, "set_access", user_id="anna", mode="rule", device_id=[other]
    )
    assert rule_of(hass).doors == (OTHER_SERIAL,)
    assert entry.title in answer["text"]


async def test_a_device_of_somebody_else_is_no_door(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={("other", "1")}
    )
    error = await refused(
        hass, "set_access", user_id="anna", mode="rule", device_id=device.id
    )
    assert error == "access_door_unknown"


async def test_a_rule_that_is_not_on_disk_is_no_success(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    with (
        patch.object(ledger, "save_json", side_effect=OSError(28, "No space")),
        pytest.raises(HomeAssistantError, match="could not be saved"),
    ):
        await perform(hass, "set_access", user_id="anna", mode="never")


async def test_the_rule_is_told_of_somebody(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Another
) -> None:
    simulated, _, other = another
    simulated.add_user("anna", "Anna")
    answer = await perform(hass, "get_user", device_id=device_id, user_id="anna")
    assert answer["access"] == {
        "mode": "always",
        "text": "May always enter",
        "may_enter": True,
        "why": None,
    }
    data = {"mode": "rule", "entities": "switch.gate", "device_id": device_id}
    said = await perform(hass, "set_access", user_id="anna", **data)
    here = await perform(hass, "get_user", device_id=device_id, user_id="anna")
    there = await perform(hass, "get_user", device_id=other, user_id="anna")
    told = {"mode": "rule", "text": said["text"]}
    assert here["access"] == {**told, "may_enter": True, "why": None}
    assert there["access"] == {**told, "may_enter": False, "why": "elsewhere"}
    hass.states.async_set("switch.gate", "off")
    page = await perform(hass, "list_users", device_id=device_id, with_names=True)
    assert {user["user_id"]: user["access"]["why"] for user in page["users"]} == {
        "anna": "closed",
        "chenwei": None,
    }
