"""The rule of who may enter: kept, followed, made one, and never lost in silence."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.json import save_json
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people import ledger
from custom_components.face_module.people.kept import KeptPictures
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER, Roster
from custom_components.face_module.people.rule import (
    ALWAYS,
    NEVER,
    AccessMode,
    AccessRule,
    Match,
)
from tests.conftest import SERIAL, settle

KEY = f"{DOMAIN}.roster"
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
EVENING = datetime(2026, 12, 1, 18, tzinfo=UTC)
GUEST = AccessRule(
    mode=AccessMode.RULE,
    start=NOON,
    end=EVENING,
    entities=("schedule.cleaning", "person.anna"),
    match=Match.ANY,
    visits=2,
    doors=(SERIAL,),
    remove_afterwards=True,
)


def rule(**what: Any) -> AccessRule:
    return AccessRule(mode=AccessMode.RULE, **what)


def put(hass: HomeAssistant, access: AccessRule, user_id: str = "zoe") -> None:
    person = RosterPerson(user_id=user_id, name=user_id.title(), access=access)
    hass.data[DATA_ROSTER].async_put(person)


async def read_again(hass: HomeAssistant, *, end: bool = True) -> Roster:
    """Return the roster as the next start of Home Assistant would read it."""
    if end:
        hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await settle(hass)
    roster = Roster(hass)
    await roster.async_load()
    return roster


@pytest.mark.parametrize("access", [ALWAYS, NEVER, GUEST, rule(end=NOON), rule(visits=0)])
async def test_a_rule_survives_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, access: AccessRule
) -> None:
    put(hass, access)
    await hass.data[DATA_ROSTER].async_save()
    again = await read_again(hass)
    assert again.people["zoe"].access == access
    assert AccessRule.from_dict(access.as_dict()) == access


async def test_a_roster_without_rules_lets_everybody_enter(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    zoe: dict[str, Any] = dict.fromkeys(("person", "minimum_score", "picture"))
    zoe |= {"user_id": "zoe", "name": "Zoe", "modules": {}, "names": {}}
    hass_storage[KEY] = {
        "version": 1,
        "minor_version": 3,
        "key": KEY,
        "data": {"people": {"zoe": zoe}, "parts": 1},
    }
    roster = Roster(hass)
    await roster.async_load()
    assert roster.people["zoe"].access == ALWAYS
    assert hass_storage[KEY]["minor_version"] == 4
    assert hass_storage[KEY]["data"]["people"]["zoe"]["access"] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "sometimes"},
        {"visits": -1},
        {"visits": 1.5},
        {"visits": True},
        {"start": "2026-12-01T12:00:00"},
        {"end": 5},
        {"entities": "schedule.cleaning"},
        {"entities": [1]},
        {"doors": None},
        {"match": "some"},
        {"remove_afterwards": 1},
    ],
)
def test_what_is_no_rule_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        AccessRule.from_dict({**GUEST.as_dict(), **wrong})


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        (ALWAYS, ALWAYS, ALWAYS),
        (ALWAYS, NEVER, NEVER),
        (GUEST, ALWAYS, GUEST),
        (GUEST, NEVER, NEVER),
        (GUEST, GUEST, GUEST),
        (rule(start=NOON), rule(end=EVENING), rule(start=NOON, end=EVENING)),
        (rule(visits=3), rule(visits=1), rule(visits=1)),
        (rule(doors=("a", "b")), rule(doors=("b", "c")), rule(doors=("b",))),
        (rule(doors=("a",)), rule(doors=("c",)), NEVER),
        (rule(doors=("a",)), rule(end=NOON), rule(doors=("a",), end=NOON)),
        (
            rule(entities=("switch.a",)),
            rule(entities=("switch.b", "switch.a")),
            rule(entities=("switch.a", "switch.b")),
        ),
        (
            rule(entities=("switch.a", "switch.b"), match=Match.ANY),
            rule(visits=1),
            rule(entities=("switch.a", "switch.b"), match=Match.ANY, visits=1),
        ),
        (
            rule(entities=("switch.a", "switch.b"), match=Match.ANY),
            rule(entities=("switch.c",)),
            NEVER,
        ),
    ],
)
def test_two_rules_become_one_that_holds_only_when_both_do(
    one: AccessRule, other: AccessRule, both: AccessRule
) -> None:
    assert one.like(other) == both


async def test_an_entity_that_is_renamed_is_followed(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    registry = er.async_get(hass)
    old = registry.async_get_or_create("schedule", "test", "1").entity_id
    put(hass, rule(entities=("switch.a", old)))
    put(hass, rule(entities=("switch.a",)), "ben")
    registry.async_update_entity(old, new_entity_id="schedule.tuesdays")
    await hass.async_block_till_done()
    people = hass.data[DATA_ROSTER].people
    assert people["zoe"].access.entities == ("switch.a", "schedule.tuesdays")
    assert people["ben"].access.entities == ("switch.a",)


async def use(roster: Roster) -> bool:
    def who_enters() -> list[RosterPerson] | None:
        zoe = roster.people["zoe"]
        return [zoe] if zoe.access.visits else None

    return await roster.async_use_visit(who_enters)


async def test_a_visit_is_used_up_on_disk_before_it_is_told(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    """Home Assistant may end at once: the roster itself is written seconds later."""
    put(hass, rule(visits=2))
    roster = hass.data[DATA_ROSTER]
    await roster.async_save()
    assert await use(roster)
    again = await read_again(hass, end=False)
    assert again.people["zoe"].access.visits == 1
    assert await use(again)
    assert not await use(again)
    assert (await read_again(hass, end=False)).people["zoe"].access.visits == 0


async def test_what_the_disk_does_not_take_is_not_used(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    put(hass, rule(visits=2))
    roster = hass.data[DATA_ROSTER]
    await roster.async_save()
    with patch.object(ledger, "save_json", side_effect=OSError(28, "No space")):
        assert not await use(roster)
        assert roster.people["zoe"].access.visits == 2
        put(hass, rule(visits=1))
        with pytest.raises(ServiceValidationError):
            await roster.async_save()
    await roster.async_save()
    assert (await read_again(hass, end=False)).people["zoe"].access.visits == 1


async def test_who_is_given_more_visits_has_them_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    put(hass, rule(visits=1))
    roster = hass.data[DATA_ROSTER]
    await roster.async_save()
    assert await use(roster)
    put(hass, rule(visits=5))
    await roster.async_save()
    assert (await read_again(hass)).people["zoe"].access.visits == 5


async def test_a_rule_that_is_changed_while_a_visit_is_used_up_stays(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    put(hass, rule(visits=1))
    roster = hass.data[DATA_ROSTER]
    await roster.async_save()

    def meanwhile(*args: Any, **options: Any) -> None:
        hass.loop.call_soon_threadsafe(put, hass, rule(visits=5))
        save_json(*args, **options)

    with patch.object(ledger, "save_json", side_effect=meanwhile):
        assert await use(roster)
    assert roster.people["zoe"].access.visits == 5
    await roster.async_save()
    assert (await read_again(hass)).people["zoe"].access.visits == 5


async def test_of_whom_the_roster_is_lost_it_is_known_that_there_was_a_rule(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    put(hass, GUEST)
    put(hass, ALWAYS, "ben")
    await hass.data[DATA_ROSTER].async_save()
    hass_storage.pop(KEY)
    again = await read_again(hass, end=False)
    assert not again.people
    assert again.lost == {"zoe"}
    assert again.async_new("ben", "Ben").access == ALWAYS
    zoe = again.async_new("zoe", "Zoe")
    assert zoe.access == NEVER, "whoever enrolls her decides nothing"
    again.async_put(zoe)
    assert again.lost == set()
    again.async_put(replace(zoe, access=ALWAYS))
    await again.async_save()
    assert (await read_again(hass, end=False)).people["zoe"].access == ALWAYS


async def test_of_two_who_shared_an_id_neither_gives_the_other_a_way_in(
    hass: HomeAssistant, entry: MockConfigEntry, hass_storage: dict[str, Any]
) -> None:
    roster = hass.data[DATA_ROSTER]
    for name in ("Zoe", "Zelda"):
        roster.async_put(replace(roster.async_new("zoe", name), access=NEVER))
    await roster.async_save()
    hass_storage.pop(KEY)
    again = await read_again(hass, end=False)
    again.async_put(replace(again.async_new("zoe", "Zelda"), access=ALWAYS))
    assert again.lost == {"zoe"}, "that of Zoe"
    again.async_put(zoe := again.async_new("zoe", "Zoe"))
    assert zoe.access == NEVER
    assert again.lost == set()


async def test_whoever_is_forgotten_leaves_no_rule_behind(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    put(hass, GUEST)
    roster = hass.data[DATA_ROSTER]
    await roster.async_save()
    path = Path(hass.config.path(".storage", f"{DOMAIN}.access"))
    assert "zoe" in path.read_text()
    await roster.async_remove("zoe")
    assert "zoe" not in path.read_text()
    assert (await read_again(hass)).lost == set()
    await roster.async_clear()
    assert not path.exists()


async def test_somebody_new_with_the_key_of_who_is_forgotten_keeps_their_rule(
    hass: HomeAssistant, entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are enrolled while the picture of the one before is removed."""
    put(hass, GUEST)
    roster = hass.data[DATA_ROSTER]
    remove = KeptPictures.async_remove

    async def meanwhile(self: KeptPictures, key: str) -> None:
        await remove(self, key)
        put(hass, rule(visits=3))

    monkeypatch.setattr(KeptPictures, "async_remove", meanwhile)
    await roster.async_remove("zoe")
    assert await roster.async_use_visit(lambda: roster.of_id("zoe"))
    assert roster.people["zoe"].access.visits == 2


@pytest.mark.parametrize(
    "damaged", ["{", "[]", '{"people": []}', '{"people": {"zoe": 5}}', '{"people": 5}']
)
async def test_a_damaged_count_is_what_the_roster_says(
    hass: HomeAssistant, entry: MockConfigEntry, damaged: str
) -> None:
    put(hass, rule(visits=2))
    await hass.data[DATA_ROSTER].async_save()
    path = Path(hass.config.path(".storage", f"{DOMAIN}.access"))
    path.write_text(damaged)
    again = await read_again(hass)
    assert again.people["zoe"].access.visits == 2
    assert again.is_in_doubt
    await again.async_save()
    assert '"left":2' in path.read_text().replace(" ", "")
