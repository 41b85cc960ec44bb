"""Where a picture may come from: media, an entity or a file, and only one of them."""

from base64 import b64encode
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.components.media_source import PlayMedia, Unresolvable
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from tests.common import id_of, perform
from tests.conftest import settle


@pytest.fixture
def anna(pictures: Path) -> Path:
    """A photo of Anna, in a folder that may be used."""
    path = pictures / "a photo.jpg"
    path.write_bytes(portrait("Anna", variation=1))
    return path


async def who(hass: HomeAssistant, device_id: str, **picture: Any) -> str:
    """Return the user id for a picture, or the key of the error."""
    try:
        answer = await perform(hass, "identify_face", device_id=device_id, **picture)
    except HomeAssistantError as err:
        assert err.translation_key is not None, err
        assert "{" not in str(err)
        return f"error: {err.translation_key}"
    assert answer["recognized"]
    return str(answer["user_id"])


def media(media_id: str) -> dict[str, Any]:
    return {"media_content_id": media_id, "media_content_type": "image/jpeg"}


async def test_a_file_is_read(hass: HomeAssistant, device_id: str, anna: Path) -> None:
    assert await who(hass, device_id, path=str(anna)) == "anna"


async def test_a_path_may_begin_in_the_configuration_folder(
    hass: HomeAssistant, device_id: str, anna: Path
) -> None:
    relative = str(anna.relative_to(hass.config.config_dir))
    assert await who(hass, device_id, path=relative) == "anna"


async def test_an_image_entity_is_asked(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    await module.send_heartbeat()
    await module.send_recognition("anna", image=module_picture(module))
    await settle(hass)
    assert await who(hass, device_id, entity_id=id_of("image.last_face")) == "anna"


def module_picture(module: SimulatedModule) -> str:
    """Return Anna's picture as a callback carries it."""
    return b64encode(module.users["anna"].picture).decode()


@pytest.fixture
async def camera(hass: HomeAssistant, anna: Path) -> AsyncGenerator[str]:
    """A camera that shows Anna."""
    hass.states.async_set("camera.door", "idle")

    class Image:
        content = anna.read_bytes()

    with patch("homeassistant.components.camera.async_get_image", return_value=Image()):
        yield "camera.door"


async def test_a_camera_is_asked(hass: HomeAssistant, device_id: str, camera: str) -> None:
    assert await who(hass, device_id, entity_id=camera) == "anna"


async def test_a_camera_of_the_media_browser_is_asked(
    hass: HomeAssistant, device_id: str, camera: str
) -> None:
    image = media(f"media-source://camera/{camera}")
    assert await who(hass, device_id, image=image) == "anna"


async def test_a_file_of_the_media_library_is_read(
    hass: HomeAssistant, device_id: str, anna: Path
) -> None:
    found = PlayMedia("/media/anna.jpg", "image/jpeg", path=anna)
    with patch(
        "homeassistant.components.media_source.async_resolve_media", return_value=found
    ):
        image = media("media-source://media_source/local/anna.jpg")
        assert await who(hass, device_id, image=image) == "anna"


async def test_a_visit_can_be_looked_at_again(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    await module.send_heartbeat()
    await module.send_recognition("anna", image=module_picture(module))
    await settle(hass)
    visit = entry.runtime_data.visits.history.visits[0]
    assert await who(hass, device_id, image=media(visit.media_id)) == "anna"


@pytest.mark.parametrize(
    "found", [Unresolvable("gone"), PlayMedia("http://192.0.2.1/a.jpg", "image/jpeg")]
)
async def test_media_that_is_no_file_here_is_refused(
    hass: HomeAssistant, device_id: str, found: Any
) -> None:
    with patch(
        "homeassistant.components.media_source.async_resolve_media", side_effect=[found]
    ):
        image = media("media-source://media_source/local/gone.jpg")
        assert await who(hass, device_id, image=image) == "error: no_media"


@pytest.mark.parametrize("entity_id", ["camera.gone", "image.gone"])
async def test_an_entity_without_a_picture_is_refused(
    hass: HomeAssistant, device_id: str, entity_id: str
) -> None:
    assert await who(hass, device_id, entity_id=entity_id) == "error: no_snapshot"


async def test_another_kind_of_entity_is_refused(
    hass: HomeAssistant, device_id: str
) -> None:
    with pytest.raises(vol.Invalid):
        await perform(hass, "identify_face", device_id=device_id, entity_id="light.kitchen")


async def test_exactly_one_picture_is_wanted(
    hass: HomeAssistant, device_id: str, anna: Path
) -> None:
    assert await who(hass, device_id) == "error: no_picture"
    both = {"path": str(anna), "entity_id": "image.front"}
    assert await who(hass, device_id, **both) == "error: two_pictures"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{folder}/../secret.jpg",
        "{folder}/link.jpg",
        "secret.jpg",
        "\0",
        "\0/x",
    ],
)
async def test_a_file_elsewhere_is_refused(
    hass: HomeAssistant, device_id: str, pictures: Path, path: str
) -> None:
    secret = pictures.parent / "secret.jpg"
    secret.write_bytes(portrait("Anna"))
    (pictures / "link.jpg").symlink_to(secret)
    path = path.format(folder=pictures)
    assert await who(hass, device_id, path=path) == "error: path_not_allowed"


async def test_a_file_that_is_gone_is_refused(
    hass: HomeAssistant, device_id: str, pictures: Path
) -> None:
    path = str(pictures / "gone.jpg")
    assert await who(hass, device_id, path=path) == "error: file_unreadable"
    assert await who(hass, device_id, path=str(pictures)) == "error: file_unreadable"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", "picture_empty"),
        (b"<html>", "picture_unknown"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom", "picture_is_video"),
        (portrait("Anna")[:4000], "picture_broken"),
        (b"\xff" * (60 * 1024 * 1024 + 1), "picture_too_large"),
    ],
    ids=["empty", "html", "video", "broken", "large"],
)
async def test_what_is_no_picture_is_refused_with_the_reason(
    hass: HomeAssistant, device_id: str, pictures: Path, data: bytes, error: str
) -> None:
    (pictures / "x.jpg").write_bytes(data)
    assert await who(hass, device_id, path=str(pictures / "x.jpg")) == f"error: {error}"


async def test_faces_are_compared(
    hass: HomeAssistant, device_id: str, anna: Path, pictures: Path
) -> None:
    (pictures / "ben.jpg").write_bytes(portrait("Ben"))
    (pictures / "anna.jpg").write_bytes(portrait("Anna"))

    async def score(one: str, two: str) -> float:
        answer = await perform(
            hass,
            "compare_faces",
            device_id=device_id,
            path_1=str(pictures / one),
            path_2=str(pictures / two),
        )
        assert set(answer) == {"score"}
        return float(answer["score"])

    assert await score("anna.jpg", anna.name) > 90
    assert await score("anna.jpg", "ben.jpg") < 75
    assert await score("ben.jpg", "ben.jpg") == 100


async def test_two_faces_are_wanted_to_compare(
    hass: HomeAssistant, device_id: str, anna: Path
) -> None:
    with pytest.raises(HomeAssistantError) as caught:
        await perform(hass, "compare_faces", device_id=device_id, path_1=str(anna))
    assert caught.value.translation_key == "no_picture"


async def test_a_feature_is_what_the_module_says(
    hass: HomeAssistant, device_id: str, anna: Path
) -> None:
    answer = await perform(hass, "extract_feature", device_id=device_id, path=str(anna))
    assert len(answer["feature"]) > 100


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("compare_faces", {"path_1": "{}", "path_2": "{}"}),
        ("extract_feature", {"path": "{}"}),
        ("identify_face", {"path": "{}"}),
    ],
)
async def test_a_picture_without_a_face_is_refused(
    hass: HomeAssistant,
    device_id: str,
    pictures: Path,
    action: str,
    fields: dict[str, str],
) -> None:
    (pictures / "hills.jpg").write_bytes(scenery())
    hills: dict[str, Any] = {key: str(pictures / "hills.jpg") for key in fields}
    with pytest.raises(HomeAssistantError) as caught:
        await perform(hass, action, device_id=device_id, **hills)
    assert caught.value.translation_key == "no_face"


async def test_a_stranger_is_not_recognized(
    hass: HomeAssistant, device_id: str, pictures: Path
) -> None:
    (pictures / "ben.jpg").write_bytes(portrait("Ben"))
    answer = await perform(
        hass, "identify_face", device_id=device_id, path=str(pictures / "ben.jpg")
    )
    assert not answer["recognized"]
    assert answer["score"] < 75


async def test_an_empty_module_recognizes_nobody(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, anna: Path
) -> None:
    module.users.clear()
    answer = await perform(hass, "identify_face", device_id=device_id, path=str(anna))
    nobody = {"user_id": None, "name": None, "score": None}
    assert answer == {"recognized": False, **nobody}


async def test_no_picture_and_no_path_reaches_the_log(
    hass: HomeAssistant,
    device_id: str,
    anna: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await who(hass, device_id, path=str(anna))
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_")]
    assert not [line for line in ours if "photo" in line or len(line) > 500]
