"""What users read is about what they see."""

import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "face_module"


def issues(language: str) -> dict[str, Any]:
    """Return the texts of the repairs."""
    text = (INTEGRATION / "translations" / f"{language}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["issues"]
    return found


@pytest.mark.parametrize(
    ("language", "password", "address"),
    [("en", "password", "address"), ("zh-Hans", "密码", "地址")],
)
def test_a_module_that_kept_its_password_did_not_keep_an_address(
    language: str, password: str, address: str
) -> None:
    for issue, kept, other in (
        ("factory_password", password, address),
        ("callback_taken", address, password),
    ):
        told = issues(language)[issue]["fix_flow"]["error"]["unchanged"]
        assert kept in told
        assert other not in told
