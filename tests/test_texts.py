"""What users read is about what they see."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any

import pytest

# Words of British English. Keys and fields in pages are as they are.
_BRITISH = re.compile(
    r"\b\w*(?:cancell(?:ed|ing)|travell|labell|modelled|colour|favour|behaviour|neighbour"
    r"|grey\b|centre|licence|catalogue|whilst"
    r"|(?:organ|recogn|synchron|summar|minim|custom|author|initial|normal|optim)"
    r"is(?:e|ed|es|ing|ation)\b)",
    re.IGNORECASE,
)
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)

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


def values(node: Any) -> Iterator[str]:
    """Give all texts of a file of texts."""
    if isinstance(node, str):
        yield node
    else:
        for one in node.values():
            yield from values(one)


ENGLISH = [
    INTEGRATION / "translations" / "en.json",
    *(INTEGRATION / "www" / "texts").glob("*.en.json"),
    *(page for page in (ROOT / "docs").glob("*.md") if ".zh-Hans" not in page.name),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")),
]


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.name)
def test_what_users_read_is_american_english(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    told = "\n".join(values(json.loads(text))) if path.suffix == ".json" else text
    assert _BRITISH.findall(_CODE.sub("", told)) == []
