"""The action `look`: a picture is a visit, and answered as the event tells it."""

from datetime import timedelta
import io
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized
from homeassistant.util import dt as dt_util
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.strangers import meeting
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from tests.common import (
    device_of,
    eventually,
    id_of,
    perform,
    photo,
    refused,
    rows_of,
    visits_of,
)
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events

from .conftest import DOORBELL, PORCH, Doorbell, Porch


async def look(hass: HomeAssistant, device_id: str, **data: Any) -> dict[str, Any]:
    answer = await perform(hass, "look", device_id=device_id, **data)
    await settle(hass)
    return answer


async def test_who_is_on_the_picture_of_a_camera_is_a_visit_with_its_source(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    doorbell: Doorbell,
    events: Events,
) -> None:
    doorbell.shows = "Anna"
    answer = await look(hass, device_id, entity_id=DOORBELL)
    (told,) = events.attributes
    assert answer == {
        "result": "recognized",
        **{key: told[key] for key in answer if key != "result"},
    }
    assert told["source"] == DOORBELL
    assert told["user_id"] == "anna"
    assert told["rgb_liveness_score"] is None
    assert told["age"] < 5
    (visit,) = visits_of(entry)
    assert visit.source == DOORBELL
    assert visit.media_id == told["image"]
    kind, picture = await entry.runtime_data.visits.history.async_picture(visit.visit_id)
    assert kind == "image/jpeg"
    assert picture.startswith(b"\xff\xd8\xff")
    assert [row["source"] for row in await rows_of(hass)] == [DOORBELL]


async def test_a_stranger_on_a_picture_is_told_as_a_face_that_the_module_does_not_know(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    doorbell: Doorbell,
    events: Events,
) -> None:
    doorbell.shows = "Nobody Known"
    answer = await look(hass, device_id, entity_id=DOORBELL)
    assert answer["result"] == "unknown"
    assert answer["user_id"] is None
    assert answer["name"] is None
    assert answer["image"]
    assert events.told == ["unknown None"]
    assert visits_of(entry)[0].content_type == "image/jpeg"


async def test_the_answer_says_which_stranger_it_is_as_the_event_does(
    hass: HomeAssistant, set_up: SetUp, doorbell: Doorbell, events: Events
) -> None:
    entry = await set_up(visit_window=0)
    doorbell.shows = "Nobody Known"
    answers = [
        await look(hass, device_of(hass, entry), entity_id=DOORBELL) for _ in range(2)
    ]
    for answer, told in zip(answers, events.attributes, strict=True):
        assert {"result": "unknown", **told} == told | answer
    assert [answer["times_seen"] for answer in answers] == [1, 2]
    assert answers[0]["stranger_id"] == answers[1]["stranger_id"] is not None
    # In a visit that goes on it is who was there when it began.
    entry.runtime_data.visits.window = 300
    again = await look(hass, device_of(hass, entry), entity_id=DOORBELL)
    assert again["visit_id"] == answers[1]["visit_id"]
    assert again["stranger_id"] == answers[1]["stranger_id"]
    assert len(events.told) == 2


@pytest.mark.parametrize("ignored", [False, True])
async def test_the_answer_waits_no_longer_than_the_event(
    hass: HomeAssistant,
    set_up: SetUp,
    doorbell: Doorbell,
    events: Events,
    monkeypatch: pytest.MonkeyPatch,
    ignored: bool,
) -> None:
    entry = await set_up(visit_window=0)
    doorbell.shows = "Nobody Known"
    first = await look(hass, device_of(hass, entry), entity_id=DOORBELL)
    known = entry.runtime_data.strangers.known
    if ignored:
        known.async_ignore(known.demand(first["stranger_id"]), ignored=True)
    else:
        monkeypatch.setattr(meeting, "PATIENCE", 0)
    answer = await look(hass, device_of(hass, entry), entity_id=DOORBELL)
    assert answer["result"] == "unknown"
    assert answer["stranger_id"] is None
    assert len(events.told) == (1 if ignored else 2)


async def test_a_picture_without_a_face_is_no_visit(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
    events: Events,
) -> None:
    path = pictures / "garden.jpg"
    path.write_bytes(scenery())
    assert await look(hass, device_id, path=str(path)) == {"result": "no_face"}
    assert events.told == []
    assert visits_of(entry) == []


async def test_a_picture_needs_its_own_minimum(
    hass: HomeAssistant, set_up: SetUp, doorbell: Doorbell, events: Events
) -> None:
    entry = await set_up(minimum_score_eyes=100)
    doorbell.shows = "Anna"
    answer = await look(hass, device_of(hass, entry), entity_id=DOORBELL)
    assert answer["result"] == "rejected"
    assert answer["reason"] == "low_score"
    assert events.told == ["rejected: low_score anna"]


async def test_whoever_requires_liveness_is_not_fooled_by_a_picture(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    doorbell: Doorbell,
    events: Events,
) -> None:
    module.config.liveness_type = 3
    entry = await set_up(require_liveness=True)
    # Somebody alive stands before the module at the same time.
    module.status.rgb_liveness_score = module.status.nir_liveness_score = 0.99
    await module.send_status()
    doorbell.shows = "Anna"
    answer = await look(hass, device_of(hass, entry), entity_id=DOORBELL)
    assert (answer["result"], answer["reason"]) == ("rejected", "liveness_unknown")
    assert events.told == ["rejected: liveness_unknown anna"]


async def test_who_may_not_enter_may_not_on_a_picture_either_and_no_visit_is_used_up(
    hass: HomeAssistant, set_up: SetUp, doorbell: Doorbell
) -> None:
    entry = await set_up(visit_window=0)
    device_id, roster = device_of(hass, entry), hass.data[DATA_ROSTER]
    doorbell.shows = "Anna"
    await look(hass, device_id, entity_id=DOORBELL)
    await perform(hass, "set_access", user_id="anna", mode="rule", visits=1)
    for _ in range(2):
        answer = await look(hass, device_id, entity_id=DOORBELL)
        assert answer["result"] == "recognized"
    assert [one.access.visits for one in roster.of_id("anna")] == [1]
    await perform(hass, "set_access", user_id="anna", mode="never")
    answer = await look(hass, device_id, entity_id=DOORBELL)
    assert (answer["result"], answer["reason"]) == ("rejected", "not_allowed")


async def test_a_picture_makes_nobody_present_and_keeps_no_recognition_from_being_told(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    doorbell: Doorbell,
    events: Events,
) -> None:
    await module.send_heartbeat()
    doorbell.shows = "Anna"
    await look(hass, device_id, entity_id=DOORBELL)
    assert hass.states.get(id_of("binary_sensor.person_present")).state == "off"
    await module.send_recognition("anna")
    await settle(hass)
    assert hass.states.get(id_of("binary_sensor.person_present")).state == "on"
    assert [(told["user_id"], told["source"]) for told in events.attributes] == [
        ("anna", DOORBELL),
        ("anna", None),
    ]


async def test_a_picture_answers_nobody_who_asked_the_module(
    hass: HomeAssistant, device_id: str, module: SimulatedModule, doorbell: Doorbell
) -> None:
    doorbell.shows = "Anna"
    asked = hass.async_create_task(
        perform(hass, "request_recognition", device_id=device_id, timeout=1)
    )
    await look(hass, device_id, entity_id=DOORBELL)
    assert (await asked)["recognized"] is False


async def test_confirmations_are_those_of_pictures(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    doorbell: Doorbell,
    events: Events,
) -> None:
    entry = await set_up(confirmations=2)
    device_id = device_of(hass, entry)
    doorbell.shows = "Anna"
    answer = await look(hass, device_id, entity_id=DOORBELL)
    assert (answer["result"], answer["reason"]) == ("rejected", "unconfirmed")
    assert events.told == [], "it may be confirmed yet"
    answer = await look(hass, device_id, entity_id=DOORBELL)
    assert answer["result"] == "recognized"
    assert events.told == ["recognized anna"]


async def test_who_is_not_confirmed_in_time_is_told_as_that(
    hass: HomeAssistant, set_up: SetUp, doorbell: Doorbell, events: Events
) -> None:
    entry = await set_up(confirmations=2, confirmation_window=1)
    doorbell.shows = "Anna"
    answer = await look(hass, device_of(hass, entry), entity_id=DOORBELL)
    await eventually(lambda: bool(events.told))
    assert events.told == ["rejected: unconfirmed anna"]
    assert events.attributes[0]["visit_id"] == answer["visit_id"]


async def test_the_same_picture_again_is_the_same_visit(
    hass: HomeAssistant, device_id: str, doorbell: Doorbell, events: Events
) -> None:
    doorbell.shows = "Anna"
    first = await look(hass, device_id, entity_id=DOORBELL)
    second = await look(hass, device_id, entity_id=DOORBELL)
    assert first["visit_id"] == second["visit_id"]
    assert events.told == ["recognized anna"]


async def test_a_picture_of_yesterday_opens_nothing(
    hass: HomeAssistant, device_id: str, porch: Porch, events: Events
) -> None:
    porch.show("Anna", dt_util.utcnow() - timedelta(days=1))
    answer = await look(hass, device_id, entity_id=PORCH)
    assert (answer["result"], answer["reason"]) == ("rejected", "stale")
    porch.show("Anna")
    answer = await look(hass, device_id, entity_id=PORCH)
    assert answer["result"] == "recognized"
    assert events.told == ["rejected: stale anna", "recognized anna"]


async def test_an_upload_or_a_file_has_a_source_of_its_own(
    hass: HomeAssistant, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Anna", 3)
    assert (await look(hass, device_id, path=path))["source"] == "picture"


async def test_a_camera_that_was_picked_as_media_is_that_camera(
    hass: HomeAssistant, device_id: str, doorbell: Doorbell
) -> None:
    doorbell.shows = "Anna"
    media = f"media-source://camera/{DOORBELL}"
    image = {"media_content_id": media, "media_content_type": "image/jpeg"}
    assert (await look(hass, device_id, image=image))["source"] == DOORBELL


async def test_of_several_faces_the_module_answers_one(
    hass: HomeAssistant, device_id: str, doorbell: Doorbell, events: Events
) -> None:
    both = Image.new("RGB", (960, 480))
    for left, name in ((0, "Anna"), (480, "陈伟")):
        with Image.open(io.BytesIO(portrait(name, size=(480, 480)))) as one:
            both.paste(one, (left, 0))
    buffer = io.BytesIO()
    both.save(buffer, "JPEG")
    doorbell.shows = buffer.getvalue()
    await look(hass, device_id, entity_id=DOORBELL)
    assert len(events.told) == 1


async def test_the_event_has_the_context_of_whoever_looks_and_the_next_one_has_not(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    doorbell: Doorbell,
    hass_admin_user: MockUser,
) -> None:
    await module.send_heartbeat()
    doorbell.shows = "Anna"
    context = Context(user_id=hass_admin_user.id)
    await perform(hass, "look", context, device_id=device_id, entity_id=DOORBELL)
    await settle(hass)
    event = hass.states.get(id_of("event.recognition"))
    assert event.context is context
    await module.send_recognition("chenwei")
    await settle(hass)
    event = hass.states.get(id_of("event.recognition"))
    assert event.attributes["user_id"] == "chenwei"
    assert event.context.user_id is None


async def test_who_may_not_see_the_camera_may_not_look_through_it(
    hass: HomeAssistant,
    device_id: str,
    doorbell: Doorbell,
    pictures: Path,
    hass_read_only_user: MockUser,
) -> None:
    doorbell.shows = "Anna"
    user = MockUser(name="Guest").add_to_hass(hass)
    allowed = {"entity_ids": {id_of("event.recognition"): {"read": True, "control": True}}}
    user.mock_policy({"entities": allowed})
    context = Context(user_id=user.id)
    with pytest.raises(Unauthorized):
        await perform(hass, "look", context, device_id=device_id, entity_id=DOORBELL)
    allowed["entity_ids"][DOORBELL] = {"read": True}
    user.mock_policy({"entities": allowed})
    answer = await perform(hass, "look", context, device_id=device_id, entity_id=DOORBELL)
    assert answer["result"] == "recognized"
    # A photo that they have would be told as whoever is on it.
    path = photo(pictures, "Anna", 3)
    with pytest.raises(Unauthorized):
        await perform(hass, "look", context, device_id=device_id, path=path)
    reader = Context(user_id=hass_read_only_user.id)
    with pytest.raises(Unauthorized):
        await perform(hass, "look", reader, device_id=device_id, entity_id=DOORBELL)


@pytest.mark.parametrize(
    ("shows", "key"),
    [
        (None, "no_snapshot"),
        (RuntimeError("the maker's library"), "no_snapshot"),
        (b"<html><body>Log in</body></html>", "picture_unknown"),
    ],
)
async def test_what_is_no_picture_is_said(
    hass: HomeAssistant, device_id: str, doorbell: Doorbell, shows: Any, key: str
) -> None:
    doorbell.shows = shows
    assert await refused(hass, "look", device_id=device_id, entity_id=DOORBELL) == key


async def test_a_camera_that_is_off_is_said(
    hass: HomeAssistant, device_id: str, doorbell: Doorbell
) -> None:
    doorbell._attr_is_on = False
    found = await refused(hass, "look", device_id=device_id, entity_id=DOORBELL)
    assert found == "no_snapshot"


async def test_a_module_that_is_away_or_cannot_is_said(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, doorbell: Doorbell
) -> None:
    doorbell.shows = "Anna"
    module.faults.next("garbage", call="Identify", times=2)
    found = await refused(hass, "look", device_id=device_id, entity_id=DOORBELL)
    assert found == "not_face_module"
    await module.pull_cable()
    found = await refused(hass, "look", device_id=device_id, entity_id=DOORBELL)
    assert found == "cannot_connect"


async def test_a_path_that_may_not_be_read_is_refused(
    hass: HomeAssistant, device_id: str
) -> None:
    found = await refused(hass, "look", device_id=device_id, path="/etc/passwd")
    assert found == "path_not_allowed"
