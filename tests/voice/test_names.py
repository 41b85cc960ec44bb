"""What is said around a name is no part of it."""

from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.face_module.voice.names import (
    is_everybody,
    is_nobody,
    spoken_name,
)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Sam", "Sam"),
        ("sam miller", "Sam Miller"),
        ("Sam at the front door", "Sam"),
        ("Sam by the door, please", "Sam"),
        ("Sam in front of the camera", "Sam"),
        ('"Tom"', "Tom"),
        ("\u201cTom\u201d.", "Tom"),
        ("Tom, thank you!", "Tom"),
        ("please Tom", "Tom"),
        ("called Tom", "Tom"),
        ("Tom's", "Tom"),
        ("\u300c小丽\u300d吧", "小丽"),
        ("：小丽", "小丽"),
        ("小丽一下", "小丽"),
        ("小丽，谢谢您。", "小丽"),
        ("小丽啊！", "小丽"),
        ("小丽的脸", "小丽"),
        ("小丽在门口", "小丽"),
        # These are names.
        ("O'Neill", "O'Neill"),
        ("Jean-Luc", "Jean-Luc"),
        ("Ann Nowak", "Ann Nowak"),
        ("Atticus", "Atticus"),
        ("Dr. Who", "Dr. Who"),
        ("王一", "王一"),
        ("吧", "吧"),
    ],
)
def test_a_name_is_what_is_left(said: str, name: str) -> None:
    assert spoken_name(said).name == name


@pytest.mark.parametrize(
    ("said", "place", "is_any"),
    [
        ("Sam", None, True),
        ("Sam at the front door", "front door", True),
        ("Sam at the garage", "garage", False),
        ("Sam on the porch please", "porch", False),
        ("小丽在门口", "门口", True),
        ("小丽，在后门", "后门", False),
        ("小丽，在车库", "车库", False),
        ("李在熙", None, True),
        ("小丽在车库门口", "车库门口", False),
    ],
)
def test_a_place_that_is_said_is_known(said: str, place: str | None, is_any: bool) -> None:
    spoken = spoken_name(said)
    assert (spoken.place, spoken.is_any_place) == (place, is_any)


def test_words_for_people_are_no_names() -> None:
    assert all(map(is_everybody, ("everybody", "Everyone, please", "所有人", "大家吧")))
    assert all(map(is_nobody, ("me", "my face", "Him.", "我", "这个人")))
    assert not any(map(is_nobody, ("Meg", "Tim", "我孙")))
    with pytest.raises(ServiceValidationError):
        spoken_name(" ")
