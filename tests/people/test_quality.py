"""Pictures keep their quality: what a module compressed anew is never given on."""

from collections.abc import Callable
import io
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from PIL import Image, ImageChops, ImageOps, ImageStat
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.people.roster import DATA_ROSTER, digest
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, photo, poll, prepared, refused
from tests.conftest import Another
from tests.fleet.kit import counts
from tests.people.kit import files


def width(jpeg: bytes) -> int:
    """Return how wide a picture is."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return picture.width


def shown(module: SimulatedModule, user_id: str) -> bytes:
    """Return the picture that a module shows of somebody."""
    return module.quirks.enrolled(module.users[user_id].picture)


def turned(jpeg: bytes, kind: str) -> bytes:
    """Return a picture lying on its side, whose EXIF data says so."""
    with Image.open(io.BytesIO(jpeg)) as upright:
        exif = Image.Exif()
        exif[0x0112] = 6
        buffer = io.BytesIO()
        upright.rotate(90, expand=True).save(buffer, kind, exif=exif)
    return buffer.getvalue()


def upright(jpeg: bytes) -> Image.Image:
    """Return a picture as its EXIF data says it is seen."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return ImageOps.exif_transpose(picture.convert("RGB"))


async def rename(hass: HomeAssistant, device: str | list[str], name: str) -> None:
    await perform(hass, "update_user", device_id=device, user_id="ben", name=name)


async def sync(hass: HomeAssistant, source: str, target: str) -> dict[str, Any]:
    return await perform(
        hass, "sync_users", source_device_id=source, device_id=target, mode="mirror"
    )


@pytest.fixture
async def enrolled(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> bytes:
    """Ben's picture, with which a module has him that shrinks what it shows."""
    module.quirks.shrinks_pictures = True
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    return prepared(path)


async def test_four_renames_and_two_syncs_leave_a_picture_as_it_was(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    enrolled: bytes,
    figure: Callable[[str, int], None],
) -> None:
    two, _, second = another
    two.quirks.shrinks_pictures = True
    for name in ("Benny", "Benjamin"):
        await rename(hass, device_id, name)
    await sync(hass, device_id, second)
    for name in ("Ben", "Benedict"):
        await rename(hass, [device_id, second], name)
    await sync(hass, second, device_id)
    for simulated in (module, two):
        assert simulated.users["ben"].name == "Benedict"
        assert simulated.users["ben"].picture == enrolled
        share = width(shown(simulated, "ben")) / width(enrolled)
        assert share >= 0.7
    figure("% of its width after four renames and two syncs", round(100 * share))


async def test_of_somebody_else_s_person_the_first_copy_is_the_last(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
) -> None:
    """Of somebody who was enrolled elsewhere only what the module shows can be had."""
    two, _, second = another
    two.quirks.shrinks_pictures = module.quirks.shrinks_pictures = True
    module.add_user("ben", "Ben", portrait("Ben", size=(800, 800)))
    first = shown(module, "ben")
    for name in ("Benny", "Benjamin", "Ben", "Benedict"):
        await rename(hass, device_id, name)
    await sync(hass, device_id, second)
    await sync(hass, second, device_id)
    assert module.users["ben"].picture == two.users["ben"].picture == first


async def test_a_sync_leaves_alone_who_was_given_the_same_picture(
    hass: HomeAssistant, device_id: str, another: Another, enrolled: bytes
) -> None:
    two, _, second = another
    await sync(hass, device_id, second)
    two.quirks.shrinks_pictures = True
    await sync(hass, device_id, second)
    report = await sync(hass, device_id, second)
    assert counts(report) == {"unchanged": 3}


async def test_what_is_put_back_is_the_original(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    enrolled: bytes,
) -> None:
    path = photo(pictures, "Ben", 4)
    data = {"device_id": device_id, "user_id": "ben"}
    for _ in range(3):
        module.faults.next("garbage", call="AddUser")
        await refused(hass, "update_user", path=path, **data)
        assert module.users["ben"].picture == enrolled
    module.faults.refuse.add("AddUser")
    await refused(hass, "update_user", path=path, **data)
    module.faults.clear()
    await poll(hass)
    assert module.users["ben"].picture == enrolled
    await rename(hass, device_id, "Benny")
    assert module.users["ben"].picture == enrolled


async def test_an_export_has_the_original_and_importing_it_changes_nothing(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    enrolled: bytes,
    tmp_path: Path,
) -> None:
    hass.config.allowlist_external_dirs = {str(tmp_path)}
    path = str(tmp_path / "people.zip")
    await perform(hass, "export_users", device_id=device_id, path=path)
    await perform(hass, "import_users", device_id=another[2], path=path)
    assert another[0].users["ben"].picture == enrolled
    report = await perform(
        hass, "import_users", device_id=device_id, path=path, if_exists="replace"
    )
    assert module.users["ben"].picture == enrolled
    assert {line["user_id"]: line["result"] for line in report["people"]}["ben"] == (
        "unchanged"
    )


async def test_a_picture_that_was_changed_at_the_module_is_given_on(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, enrolled: bytes
) -> None:
    theirs = portrait("Ben", variation=7, size=(900, 900))
    module.add_user("ben", "Ben", theirs)
    changed = shown(module, "ben")
    for name in ("Benny", "Benjamin"):
        await rename(hass, device_id, name)
        assert module.users["ben"].picture == changed
    assert hass.data[DATA_ROSTER].get("ben").picture == digest(changed)


async def test_a_copy_that_nobody_noted_is_not_taken_for_the_original(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    enrolled: bytes,
) -> None:
    """As after the module was removed from Home Assistant and added again."""
    hass.data[DATA_ROSTER].async_gone(entry.entry_id)
    await rename(hass, device_id, "Benny")
    assert module.users["ben"].picture == enrolled


async def test_each_module_keeps_its_picture_when_one_is_given_another(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    enrolled: bytes,
    pictures: Path,
) -> None:
    two, _, second = another
    two.quirks.shrinks_pictures = True
    await sync(hass, device_id, second)
    await two.pull_cable()
    path = photo(pictures, "Ben", 5)
    data = {"device_id": device_id, "user_id": "ben"}
    await perform(hass, "update_user", path=path, **data)
    await two.plug_in()
    await poll(hass)
    roster = hass.data[DATA_ROSTER]
    for name in ("Benny", "Benjamin"):
        await rename(hass, [second, device_id], name)
        assert two.users["ben"].picture == enrolled
        assert module.users["ben"].picture == prepared(path)
        assert await roster.async_picture("ben") == prepared(path), "the newest"
    # The second module gets it as well, and nothing of the old one is left.
    await sync(hass, device_id, second)
    assert two.users["ben"].picture == prepared(path)
    kept = {file.read_bytes() for file in files(hass)}
    assert prepared(path) in kept
    assert enrolled not in kept


async def test_who_is_forgotten_leaves_no_picture_not_even_an_older_one(
    hass: HomeAssistant,
    device_id: str,
    another: Another,
    enrolled: bytes,
    pictures: Path,
) -> None:
    await sync(hass, device_id, another[2])
    path = photo(pictures, "Ben", 5)
    await perform(hass, "update_user", device_id=device_id, user_id="ben", path=path)
    assert enrolled in {file.read_bytes() for file in files(hass)}
    both = [device_id, another[2]]
    await perform(hass, "delete_user", device_id=both, user_id="ben")
    kept = {file.read_bytes() for file in files(hass)}
    assert not kept & {enrolled, prepared(path)}


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP", "TIFF"])
async def test_pictures_of_other_kinds_are_given_on_as_jpeg(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
    kind: str,
) -> None:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(portrait("Ben"))) as picture:
        picture.save(buffer, kind)
    module.add_user("ben", "Ben", buffer.getvalue())
    await sync(hass, device_id, another[2])
    await rename(hass, device_id, "Benny")
    for simulated in (module, another[0]):
        assert simulated.users["ben"].picture.startswith(b"\xff\xd8\xff")
        assert width(simulated.users["ben"].picture) == 480


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
async def test_a_picture_on_its_side_stays_as_upright_as_it_was(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, kind: str
) -> None:
    lying = turned(portrait("Ben", size=(480, 640)), kind)
    module.add_user("ben", "Ben", lying)
    for name in ("Benny", "Benjamin"):
        await rename(hass, device_id, name)
    before, after = (upright(jpeg) for jpeg in (lying, module.users["ben"].picture))
    assert after.size == (480, 640)
    assert max(ImageStat.Stat(ImageChops.difference(before, after)).mean) < 3


async def test_the_roster_does_not_learn_a_copy_of_what_it_has(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, enrolled: bytes
) -> None:
    for name in ("Ben", "Benjamin"):
        module.add_user("ben", name, enrolled)
        report = await perform(hass, "sync_users", source_device_id=device_id)
        assert report["failed"] == []
        assert hass.data[DATA_ROSTER].get("ben").name == name
        assert await hass.data[DATA_ROSTER].async_picture("ben") == enrolled
    # Of the others it knows the first copy, and which one that is.
    first = shown(module, "anna")
    await perform(
        hass, "update_user", device_id=device_id, user_id="anna", name="Anna Maria"
    )
    assert module.users["anna"].picture == first
    await perform(hass, "update_user", device_id=device_id, user_id="anna", name="Anna")
    assert module.users["anna"].picture == first
