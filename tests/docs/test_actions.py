"""The pages docs/actions*.md are complete, and alike in both languages."""

import re
from typing import Any

from homeassistant.core import SupportsResponse
import pytest
import voluptuous as vol
import yaml

from custom_components.face_module.services import ACTIONS
from tests.docs.actions import CHINESE, ENGLISH, PAGES, blocks, examples, sections

YES = {ENGLISH: "yes", CHINESE: "是"}
WHO = {
    ENGLISH: ("**Who:** everybody.", "**Who:** administrators."),
    CHINESE: ("**权限：** 所有人。", "**权限：** 管理员。"),
}
BY_NAME = {action.name: action for action in ACTIONS}
# Keys whose texts are written in the page's language.
WORDS = {"text", "alias", "title", "message", "error"}


def rows(text: str) -> dict[str, tuple[str, str]]:
    """Return whether each field of a table is needed, and its default."""
    found = {}
    for line in re.findall(r"^\| `.*\|$", text, re.MULTILINE):
        names, needed, default, meaning = (cell.strip() for cell in line.split("|")[1:-1])
        assert meaning
        for name in re.findall(r"`(\w+)`", names):
            assert name not in found
            found[name] = needed, default
    return found


def wordless(node: Any) -> Any:
    """Return a block without what the pages say in their own languages."""
    if isinstance(node, dict):
        words = WORDS | ({"name"} if "selector" in node else set())
        return {k: k if k in words else wordless(v) for k, v in node.items()}
    return [wordless(item) for item in node] if isinstance(node, list) else node


@pytest.mark.parametrize("page", PAGES)
def test_every_action_has_a_section_and_no_other(page: str) -> None:
    assert list(sections(page)) == [
        *("enroll_user", "update_user", "delete_user", "get_user"),
        *("list_users", "count_users", "clear_users", "set_access"),
        *("import_users", "export_users", "sync_users", "cancel_jobs"),
        *("identify_face", "compare_faces", "extract_feature", "request_recognition"),
        *("search_records", "delete_records", "clear_records"),
        *("search_visits", "get_attendance", "export_attendance", "mark_visit"),
        *("look", "set_clock"),
        *("install_sentences", "remove_sentences"),
    ]
    assert set(sections(page)) == set(BY_NAME)
    assert {example.action for example in examples(page)} == set(BY_NAME)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", BY_NAME)
def test_the_table_has_the_fields_of_the_action(page: str, name: str) -> None:
    action, text = BY_NAME[name], sections(page)[name]
    table = rows(text)
    assert set(table) == {str(key) for key in action.schema.schema}
    for key in action.schema.schema:
        needed, default = table[str(key)]
        assert (needed == YES[page]) == isinstance(key, vol.Required), key
        given = None if key.default is vol.UNDEFINED else key.default()
        said = yaml.safe_load(default.strip("`")) if default else None
        assert said == (given if given != [] else None), key
    assert WHO[page][action.admin] in text
    assert WHO[page][not action.admin] not in text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", BY_NAME)
def test_an_action_that_only_answers_is_asked_for_the_answer(page: str, name: str) -> None:
    calls = [example.call for example in examples(page) if example.action == name]
    assert all(call.keys() <= {"action", "data", "response_variable"} for call in calls)
    only = BY_NAME[name].response is SupportsResponse.ONLY
    assert not only or all("response_variable" in call for call in calls)


def test_both_pages_have_the_same_blocks() -> None:
    english, chinese = (
        [wordless(yaml.safe_load(block)) for block in blocks(text)]
        for text in PAGES.values()
    )
    assert english == chinese
    assert len(english) >= 2 * len(ACTIONS) + 3
    assert blocks(PAGES[ENGLISH], "csv") == blocks(PAGES[CHINESE], "csv")
    fences = [re.findall("^```.*$", text, re.MULTILINE) for text in PAGES.values()]
    assert fences[0] == fences[1]
