"""Addresses are compared by what they mean, and by what a module made of them."""

import pytest

from custom_components.face_module.callbacks.addresses import is_made_of


@pytest.mark.parametrize(
    ("kept", "is_ours"),
    [
        ("http://192.0.2.1:8123/api/webhook/abc", False),
        ("http://192.0.2.1:8123/api/webhook/abc/", False),
        ("HTTP://192.0.2.1:8123/API/WEBHOOK/ABC", True),
        ("http://192.0.2.1:8123/api/webho", True),
        ("http://192.0.2.1:8123/api/webhook/abc?x=1", True),
        ("http://192.0.2.7/recognition", False),
    ],
)
def test_what_a_module_made_of_an_address_is_no_other_systems(
    kept: str, is_ours: bool
) -> None:
    given = "http://192.0.2.1:8123/api/webhook/abc"
    assert is_made_of(kept, given) is is_ours
