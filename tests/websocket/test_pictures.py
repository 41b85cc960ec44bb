"""The people card takes a picture and hears the verdict before anything is written."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.pictures.uploads import DATA_UPLOADS
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from tests.common import eventually, id_of, visits_of
from tests.conftest import Another
from tests.websocket.kit import ask, photo, put, refused


async def test_a_picture_comes_from_an_image_entity(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    await module.walk_by("anna", score=0.97)
    await eventually(lambda: bool(visits_of(entry)))
    visit = visits_of(entry)[0]
    taken = await ask(socket, "pictures/take", entity_id=id_of("image.last_face"))
    again = await ask(
        socket, "pictures/take", entry_id=entry.entry_id, visit_id=visit.visit_id
    )
    kept = hass.data[DATA_UPLOADS]
    assert kept.get(taken["picture_id"]) == kept.get(again["picture_id"])
    assert taken["width"] == again["width"] > 0


async def test_what_gives_no_picture_is_said(
    entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    known = entry.entry_id
    for fields, key in (
        ({}, "no_picture"),
        ({"entity_id": "camera.none"}, "no_snapshot"),
        ({"entity_id": "light.kitchen"}, "invalid_format"),
        ({"entity_id": "camera.door", "visit_id": "x"}, "invalid_format"),
        ({"visit_id": "x", "entry_id": known}, "no_such_picture"),
        ({"visit_id": "x", "entry_id": "none"}, "cannot_connect"),
        ({"visit_id": "x"}, "cannot_connect"),
    ):
        assert await refused(socket, "pictures/take", **fields) == key, fields


async def test_the_verdict_comes_before_anything_is_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    another: Another,
) -> None:
    module.users.clear()
    module.add_user("anna", "Anna", portrait("Anna"))
    entries = [entry.entry_id, another[1].entry_id, "none"]

    async def check(picture_id: str, **fields: Any) -> list[dict[str, Any]]:
        answer = await ask(
            socket, "pictures/check", picture_id=picture_id, entry_ids=entries, **fields
        )
        found: list[dict[str, Any]] = answer["results"]
        assert [line["entry_id"] for line in found] == entries
        return found

    good = await check(photo(hass, "Ben"))
    assert [line["verdict"] for line in good] == ["good", "good", "error"]
    assert "none" in good[2]["message"]
    anna = photo(hass, "Anna", 3)
    like = (await check(anna))[0]
    assert (like["verdict"], like["name"], like["user_id"]) == (
        "looks_like",
        "Anna",
        "anna",
    )
    assert 80 < like["score"] <= 100
    assert "Anna" in like["message"]
    assert like["picture"].startswith(f"/api/face_module/people/{entry.entry_id}/anna?")
    assert (await check(anna, user_id="anna"))[0]["verdict"] == "good"
    blind = await check(put(hass, scenery()))
    assert [line["verdict"] for line in blind] == ["no_face", "no_face", "error"]
    poor = await check(photo(hass, "Ben", blur=6))
    assert poor[0]["verdict"] == "poor_picture"
    for simulated in (module, another[0]):
        assert len(simulated.users) == len(module.users if simulated is module else ())


@pytest.mark.parametrize(
    ("level", "where", "verdict"),
    [("HIGH", 0, "poor_picture"), ("HIGH", 2, "good"), ("NONE", 1, "good")],
)
async def test_the_verdict_knows_what_the_module_asks_for(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    level: str,
    where: int,
    verdict: str,
) -> None:
    module.config.quality_control = level
    module.config.work_field = where
    await entry.runtime_data.coordinator.async_refresh()
    # Good enough for NORMAL, not for HIGH.
    picture_id = photo(hass, "Ben", size=(480, 480), blur=0.8)
    answer = await ask(
        socket, "pictures/check", picture_id=picture_id, entry_ids=[entry.entry_id]
    )
    assert answer["results"][0]["verdict"] == verdict
