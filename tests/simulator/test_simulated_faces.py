"""Drawn people and how alike their pictures are."""

import io
from itertools import combinations, pairwise

from PIL import Image, ImageEnhance
import pytest

from simulator import blank, portrait, scenery
from simulator.faces import FEATURE_SIZE, crop, find_faces, similarity

NAMES = (
    *("Anna", "Ben", "Chenwei", "陈伟", "Dana", "Emil", "Farah", "Grace", "Hiro"),
    *("Ines", "Jonas", "Kofi", "Lena", "Mia", "Noah", "Olga", "Priya", "Quinn"),
    *("Rosa", "sheldon"),
)
VARIATIONS = range(1, 9)


def feature(picture: bytes) -> bytes:
    (face,) = find_faces(picture)
    return face.feature


def cropped(picture: bytes) -> bytes:
    (face,) = find_faces(picture)
    return crop(picture, face.box)


def altered(picture: bytes, *, light: float, side: int, quality: int) -> bytes:
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image = ImageEnhance.Brightness(image).enhance(light).resize((side, side))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_other_photos_of_a_person_are_alike(name: str) -> None:
    first = feature(portrait(name))
    assert len(first) == FEATURE_SIZE
    assert similarity(first, first) == 1.0
    for variation in VARIATIONS:
        assert similarity(first, feature(portrait(name, variation=variation))) >= 0.92


@pytest.mark.parametrize("name", NAMES)
def test_light_size_and_compression_do_not_matter(name: str) -> None:
    first = feature(portrait(name))
    for light, side, quality in (
        (0.85, 480, 80),
        (1.15, 480, 80),
        (1, 240, 60),
        (1, 960, 95),
    ):
        other = altered(portrait(name), light=light, side=side, quality=quality)
        assert similarity(first, feature(other)) >= 0.92


def test_different_people_are_not_alike() -> None:
    features = {name: feature(portrait(name)) for name in NAMES}
    for one, two in combinations(NAMES, 2):
        assert similarity(features[one], features[two]) <= 0.75, (one, two)


def test_any_two_pictures_of_a_passer_by_are_alike_and_of_two_are_not() -> None:
    names = [f"Stranger {number}" for number in range(40)]
    photos, crops = dict[str, list[bytes]](), dict[str, list[bytes]]()
    for name in names:
        drawn = [portrait(name, variation=one) for one in (*range(6), 18)]
        # The face of each is looked for once.
        shown = [(feature(photo), feature(cropped(photo))) for photo in drawn]
        photos[name], crops[name] = map(list, zip(*shown, strict=True))
    for of in (photos, crops):
        for name, features in of.items():
            least = min(similarity(one, two) for one, two in combinations(features, 2))
            assert least >= 0.92, name
        for one, two in combinations(names, 2):
            most = max(similarity(of[one][a], of[two][-a]) for a in range(3))
            assert most <= 0.75, (one, two)


def test_a_portrait_depends_on_its_name_alone() -> None:
    portrait.cache_clear()
    first = portrait("Anna", variation=3)
    portrait.cache_clear()
    assert portrait("Anna", variation=3) == first
    assert portrait("Anna", variation=4) != first


def test_faces_are_found_where_they_are() -> None:
    for name in NAMES:
        (face,) = find_faces(portrait(name))
        left, top, right, bottom = face.box
        assert 90 <= left < 240 < right <= 390
        assert 30 <= top < 240 < bottom <= 430
        assert face.good_enough("HIGH")
        assert len(find_faces(portrait(name, faces=2, size=(320, 320)))) == 2
    for seed in range(8):
        assert find_faces(scenery(seed=seed)) == ()
    assert find_faces(blank()) == ()


@pytest.mark.parametrize("name", NAMES)
def test_a_black_and_white_photo_has_its_face_in_the_middle(name: str) -> None:
    buffer = io.BytesIO()
    image = Image.open(io.BytesIO(portrait(name))).convert("L")
    image.save(buffer, "JPEG")
    (face,) = find_faces(buffer.getvalue())
    assert face.box == (120, 120, 360, 360)


def test_quality_falls_with_blur_and_size() -> None:
    levels = ("LOW", "NORMAL", "HIGH")

    def passed(picture: bytes) -> int:
        (face,) = find_faces(picture)
        return sum(face.good_enough(level) for level in levels)

    marks = [passed(portrait("Ben", blur=blur)) for blur in (0, 1, 2, 4)]
    assert marks[0] == 3
    assert marks[-1] == 0
    assert all(one >= two for one, two in pairwise(marks))
    assert passed(portrait("Ben", size=(90, 90))) == 0
    (face,) = find_faces(portrait("Ben", blur=9))
    assert face.good_enough("NONE")


def test_a_crop_is_a_small_picture_of_the_face() -> None:
    picture = portrait("Anna", size=(640, 480))
    (face,) = find_faces(picture)
    image = Image.open(io.BytesIO(crop(picture, face.box)))
    assert image.format == "JPEG"
    assert max(image.size) == 256


def test_bytes_that_are_no_picture_are_an_error() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        find_faces(b"not a picture")
