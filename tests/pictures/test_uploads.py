"""Pictures on their way to an enrollment: who may, how large, how long."""

import asyncio
import base64
from datetime import timedelta
import logging

import aiohttp
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.face_module.pictures import uploads
from custom_components.face_module.pictures.uploads import (
    DATA_UPLOADS,
    KEPT_FOR,
    MAX_PICTURES,
)
from simulator.portraits import portrait
from tests.common import complaints

URL = "/api/face_module/pictures"
PHOTO = portrait("Ben", size=(1600, 1200))


async def test_a_photo_is_taken_prepared_and_shown(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    taken = await client.post(URL, data=PHOTO, headers={"Content-Type": "image/jpeg"})
    assert taken.status == 200
    answer = await taken.json()
    assert (answer["width"], answer["height"]) == (1080, 810)
    assert len(answer["picture_id"]) >= 32
    shown = await client.get(f"{URL}/{answer['picture_id']}")
    assert shown.status == 200
    assert shown.content_type == "image/jpeg"
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert await shown.read() == hass.data[DATA_UPLOADS].get(answer["picture_id"])


async def test_a_form_with_a_file_is_taken_too(
    entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    form = aiohttp.FormData({"name": "Ben"})
    form.add_field("file", PHOTO, filename="ben.jpg", content_type="image/jpeg")
    taken = await client.post(URL, data=form)
    assert taken.status == 200
    assert (await taken.json())["width"] == 1080


@pytest.mark.parametrize(
    ("body", "kind", "key"),
    [
        (b"", "image/jpeg", "picture_empty"),
        (b"<html>", "image/jpeg", "picture_unknown"),
        (b"\xff\xd8\xff\xe0garbage", "image/jpeg", "picture_broken"),
        (PHOTO[:900], "image/jpeg", "picture_broken"),
        (b"\0\0\0\x18ftypmp42", "video/mp4", "picture_is_video"),
        (b"no form", "multipart/form-data; boundary=x", "picture_empty"),
        (b"no form", "multipart/form-data", "picture_empty"),
        (
            b"--x\r\n\r\nno name\r\n--x--\r\n",
            "multipart/mixed; boundary=x",
            "picture_empty",
        ),
    ],
)
async def test_what_is_no_picture_is_refused_in_words(
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
    body: bytes,
    kind: str,
    key: str,
) -> None:
    client = await hass_client()
    refused = await client.post(URL, data=body, headers={"Content-Type": kind})
    assert refused.status == 400
    answer = await refused.json()
    assert answer["key"] == key
    assert answer["error"].endswith(".")
    assert complaints(caplog) == []


@pytest.mark.parametrize("told", [True, False])
async def test_no_more_than_the_limit_is_read(
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    *,
    told: bool,
) -> None:
    monkeypatch.setattr(uploads, "MAX_BYTES", 100_000)
    client = await hass_client()
    sent = 0

    async def endless() -> object:
        nonlocal sent
        while sent < 5_000_000:
            sent += 50_000
            yield bytes(50_000)
            await asyncio.sleep(0.01)

    body = bytes(200_000) if told else endless()
    refused = await client.post(URL, data=body)
    assert refused.status == 413
    assert (await refused.json())["key"] == "picture_too_large"
    assert sent < 5_000_000
    # In a form, too.
    form = aiohttp.FormData()
    form.add_field("file", bytes(150_000), filename="a.jpg")
    assert (await client.post(URL, data=form)).status == 413


async def test_only_administrators_send_and_see_pictures(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_read_only_access_token: str,
) -> None:
    picture_id = hass.data[DATA_UPLOADS].async_put(PHOTO)
    for client, status in (
        (await hass_client(hass_read_only_access_token), 401),
        (await hass_client_no_auth(), 401),
    ):
        assert (await client.post(URL, data=PHOTO)).status == status
        assert (await client.get(f"{URL}/{picture_id}")).status == status


async def test_a_picture_is_forgotten_after_ten_minutes(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    kept = hass.data[DATA_UPLOADS]
    picture_id = kept.async_put(PHOTO)
    client = await hass_client()
    assert (await client.get(f"{URL}/{picture_id}")).status == 200
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=KEPT_FOR + 1))
    assert (await client.get(f"{URL}/{picture_id}")).status == 404
    assert (await client.get(f"{URL}/never")).status == 404
    with pytest.raises(ServiceValidationError):
        kept.get(picture_id)


async def test_the_oldest_picture_goes_when_there_are_too_many(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    kept = hass.data[DATA_UPLOADS]
    ids = [kept.async_put(b"%d" % number) for number in range(MAX_PICTURES + 1)]
    assert len(set(ids)) == len(ids)
    with pytest.raises(ServiceValidationError):
        kept.get(ids[0])
    assert kept.get(ids[1]) == b"1"
    kept.drop(ids[1])
    kept.drop(ids[1])
    with pytest.raises(ServiceValidationError):
        kept.get(ids[1])


async def test_a_picture_never_reaches_the_log(
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    client = await hass_client()
    taken = await client.post(URL, data=PHOTO)
    assert taken.status == 200
    assert base64.b64encode(PHOTO[600:630]).decode() not in caplog.text
    assert repr(PHOTO[600:630])[2:-1] not in caplog.text
    assert complaints(caplog) == []
