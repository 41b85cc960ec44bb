"""What hassfest checks on GitHub only, and what it does not check at all."""

import ast
import json
from pathlib import Path
import re
import sys
import tomllib
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity import EntityDescription
import pytest
import voluptuous as vol
import yaml

from custom_components.face_module import condition, config_flow, const, errors, trigger
from custom_components.face_module.client import CallbackKind, QualityControl
from custom_components.face_module.fleet.archive import ArchiveProblem
from custom_components.face_module.fleet.job import JobKind
from custom_components.face_module.fleet.receiving import SendProblem
from custom_components.face_module.fleet.sync import SyncMode
from custom_components.face_module.flows import (
    forms,
    options as options_flow,
    people as people_flow,
)
from custom_components.face_module.options import Eye, Options
from custom_components.face_module.people.rule import AccessMode, Match
from custom_components.face_module.pictures.prepare import PictureProblem
from custom_components.face_module.services import ACTIONS
from custom_components.face_module.visits.calibration import Why
from custom_components.face_module.visits.gate import Reason, Verdict

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "face_module"
LANGUAGES = ("en", "zh-Hans")
PLATFORMS = (
    *("binary_sensor", "button", "calendar", "event", "image"),
    *("number", "select", "sensor", "switch"),
)


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((INTEGRATION / name).read_text(encoding="utf-8"))
    return loaded


def load_yaml(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((INTEGRATION / name).read_text())
    return loaded


def texts(node: Any, path: str = "") -> dict[str, str]:
    """Return all texts by their path."""
    if isinstance(node, str):
        return {path: node}
    return {k: v for key in node for k, v in texts(node[key], f"{path}.{key}").items()}


EN, ZH = (load(f"translations/{language}.json") for language in LANGUAGES)


def descriptions(platform: str) -> list[EntityDescription]:
    """Return all descriptions of a platform."""
    module = __import__(f"custom_components.face_module.{platform}", fromlist=["x"])
    values = [
        item
        for value in vars(module).values()
        for item in (value if isinstance(value, tuple) else (value,))
    ]
    # Home Assistant makes some description classes anew, so isinstance says no.
    found = [item for item in values if hasattr(item, "entity_registry_enabled_default")]
    return [item for item in found if not isinstance(item, type)]


def test_the_manifest_is_sorted_and_needs_nothing() -> None:
    manifest = load("manifest.json")
    keys = list(manifest)
    assert keys[:2] == ["domain", "name"]
    assert keys[2:] == sorted(keys[2:])
    assert manifest["requirements"] == []
    assert manifest["domain"] == INTEGRATION.name == const.DOMAIN


def test_hacs_promises_the_lowest_version_that_is_tested() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    (floor,) = [item for item in groups["floor"] if item.startswith("homeassistant==")]
    hacs = json.loads((ROOT / "hacs.json").read_text())
    lowest = floor.removeprefix("homeassistant==")
    assert hacs["homeassistant"] == lowest
    for readme in ROOT.glob("README*.md"):
        assert f"Home Assistant {lowest} " in readme.read_text(encoding="utf-8")


def test_every_action_of_a_workflow_is_pinned_by_commit() -> None:
    lines = [
        line
        for path in (ROOT / ".github" / "workflows").glob("*.yml")
        for line in path.read_text().splitlines()
        if re.search(r"^[ -]*uses:", line)
    ]
    assert len(lines) >= 4
    # A version where the action has any, else the branch and the day of the commit.
    version = r"v\d+\.\d+\.\d+|(master|main) of \d{4}-\d\d-\d\d"
    for line in lines:
        assert re.fullmatch(rf" *- uses: [\w/-]+@[0-9a-f]{{40}} # ({version})", line), line


def test_both_languages_have_the_same_texts() -> None:
    assert set(texts(EN)) == set(texts(ZH))


@pytest.mark.parametrize("path", sorted(texts(EN)))
def test_a_text_is_whole_in_both_languages(path: str) -> None:
    english, chinese = texts(EN)[path], texts(ZH)[path]
    fields = re.compile(r"{(\w+)}")
    assert set(fields.findall(english)) == set(fields.findall(chinese))
    for text in (english, chinese):
        assert text == text.strip()
        assert text
        assert not re.search(r"https?://|<[a-z/]", text)
        assert not re.search(r"'{\w+}'", text)


def test_chinese_has_its_own_punctuation_and_spaces_beside_latin_letters() -> None:
    cards = {
        f"{path.name}: {key}": said
        for path in (INTEGRATION / "www" / "texts").glob("*.zh-Hans.json")
        for key, said in texts(json.loads(path.read_text(encoding="utf-8"))).items()
    }
    han = "[\u4e00-\u9fff]"
    wrong = re.compile(f"{han}[:,;?!(]|[:,;?!)]{han}|{han}[A-Za-z0-9]|[A-Za-z0-9%]{han}")
    found = [
        f"{path}: {said}"
        for path, said in {**texts(ZH), **cards}.items()
        # What stands in backticks is typed so.
        if wrong.search(re.sub(r"`[^`]*`", "", said))
    ]
    assert cards
    assert not found


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_of_a_menu_is_described(language: str) -> None:
    loaded = load(f"translations/{language}.json")
    steps = [*loaded["config"]["step"].values(), *loaded["options"]["step"].values()]
    menus = [step for step in steps if "menu_options" in step]
    assert menus
    for menu in menus:
        assert menu["menu_options"].keys() == menu["menu_option_descriptions"].keys()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_entity_has_a_name_and_an_icon(platform: str) -> None:
    names, icons = EN["entity"][platform], load("icons.json")["entity"].get(platform, {})
    found = descriptions(platform)
    assert {item.key for item in found} == set(names)
    for item in found:
        assert names[item.key]["name"]
        assert item.key in icons or item.device_class is not None, item.key
    assert set(icons) <= set(names)


def test_every_option_and_event_type_has_a_text() -> None:
    for item in descriptions("sensor"):
        if options := getattr(item, "options", None):
            assert set(EN["entity"]["sensor"][item.key]["state"]) == set(options)
    for item in descriptions("select"):
        values = {value.name.lower() for value in item.values}  # type: ignore[attr-defined]
        assert set(EN["entity"]["select"][item.key]["state"]) == values
    event = descriptions("event")[0]
    states = EN["entity"]["event"]["recognition"]["state_attributes"]["event_type"]["state"]
    assert set(states) == set(event.event_types or ())  # type: ignore[attr-defined]


def test_every_error_of_the_client_has_a_text_wherever_it_can_show() -> None:
    keys = {key for _, key in errors._KEYS}
    assert keys <= set(EN["exceptions"])
    assert keys <= set(EN["config"]["error"])
    shown = set(EN["issues"]["callback_taken"]["fix_flow"]["error"])
    assert shown == keys | {"no_address"}


def test_every_key_in_the_code_has_a_text() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in INTEGRATION.rglob("*.py"))
    used = set(re.findall(r'(?:translation_key=|invalid\(\s*)"(\w+)"', code))
    used -= set(EN["selector"])
    used |= {key for _, key in errors._KEYS} | set(PictureProblem) | set(ArchiveProblem)
    used |= set(SendProblem)
    # One of two is chosen.
    used |= {"no_face", "poor_picture"}
    assert used == set(EN["exceptions"])
    issues = {value for name, value in vars(const).items() if name.startswith("ISSUE_")}
    assert issues == set(EN["issues"])
    steps = set(re.findall(r'(?<!next_)step_id="(\w+)"', code)) | set(
        re.findall(r'_form\(\s*"(\w+)"', code)
    )
    options = set(EN["options"]["step"])
    assert steps - {"moving", "confirm"} - options == set(EN["config"]["step"])
    assert (
        options
        == {
            *("init", "settings", "people", "person", "access", "eyes", "erase"),
            *("history", "sentences"),
        }
        <= steps
    )
    reasons = set(re.findall(r'reason="(\w+)"', code)) | set(
        re.findall(r'"(network_\w+)"', code)
    )
    aborts = {
        *("not_loaded", "history_deleted"),
        *("person_forgotten", "person_forgotten_but_rule"),
        *("person_erased", "person_erased_but_rule", "person_not_erased"),
        *("sentences_installed", "sentences_hidden", "sentences_kept"),
        "sentences_removed",
    }
    assert set(EN["options"]["abort"]) == aborts <= reasons
    assert reasons - set(EN["options"]["abort"]) <= set(EN["config"]["abort"])


def test_every_text_that_is_made_in_python_exists() -> None:
    keys = set(EN["common"])
    assert {f"reason_{reason}" for reason in Reason} <= keys
    assert {f"result_{verdict}" for verdict in Verdict} <= keys
    code = "\n".join(path.read_text(encoding="utf-8") for path in INTEGRATION.rglob("*.py"))
    used = set(re.findall(r'text\((?:self\.)?_?hass, "(\w+)"', code))
    used |= set(re.findall(r'key = "(job_\w+)"', code)) | {"job_cancelled", "job_finished"}
    used |= {f"job_{kind}" for kind in JobKind} | {f"calibration_{why}" for why in Why}
    assert used <= keys
    known = {key for key in keys if key.startswith(("reason_", "result_"))}
    spoken = {key for key in keys if key.startswith("voice_")}
    webhooks = {f"webhook_{kind}" for kind in CallbackKind}
    rules = {key for key in keys if key.startswith("access_")}
    words = (INTEGRATION / "people" / "rule_words.py").read_text(encoding="utf-8")
    told = set(re.findall(r'"(\w+)"', words)) | {*AccessMode} - {"rule"}
    assert {key.removeprefix("access_") for key in rules} <= told
    assert {f"access_{key}" for key in re.findall(r'say\("(\w+)"', words)} <= rules
    assert keys - known - spoken - rules == used | webhooks | {"by_days", "by_people"}
    said = set(re.findall(r'(?:say|RefusalError)\(\s*["\'](\w+)["\']', code))
    said |= set(re.findall(r'"((?:not_)?(?:seen|today)\w*|(?:count|last)\w*)"', code))
    said |= {*Verdict, *(f"last_{verdict}" for verdict in Verdict)}
    said |= {f"{verdict}_{often}" for verdict in Verdict for often in ("once", "often")}
    said |= {"too_dark", "no_face", "poor_picture", "count_one_on", "count_on"}
    said |= {f"reason_{reason}" for reason in Reason}
    assert {key.removeprefix("voice_") for key in spoken} <= said
    assert {f"voice_{key}" for key in re.findall(r'RefusalError\(\s*"(\w+)"', code)} <= keys
    reasons = EN["entity"]["event"]["recognition"]["state_attributes"]["reason"]["state"]
    assert set(reasons) == set(Reason)


_SQL = (
    r"\s*\)?\s*(ALTER|AND|CREATE|DELETE|FROM|GROUP|INSERT|ORDER|PRAGMA|SELECT|UPDATE|VACUUM)"
    r"\b|.*( = \?|\bWHERE\b)"
)


def prose(path: Path) -> set[str]:
    """Return the literals of a module that are more than one word.

    Not those for developers: docstrings, what is logged or raised, and names of tasks.
    """
    found: set[str] = set()

    def walk(node: ast.AST) -> None:
        match node:
            case ast.Raise() | ast.Expr(value=ast.Constant()):
                return
            case ast.Call(func=func) if re.match(
                r"LOGGER\.|\w*Error$|self\._(refuse|background)$", ast.unparse(func)
            ):
                return
            case ast.JoinedStr(values=[ast.FormattedValue(value=ast.Name("DOMAIN")), *_]):
                return
            case ast.Constant(value=str(text)) if re.match(_SQL, text):
                return
            case ast.Constant(value=str(text)) if re.search(r"[A-Za-z]{2,} +[a-z]", text):
                found.add(text)
        for child in ast.iter_child_nodes(node):
            walk(child)

    walk(ast.parse(path.read_text(encoding="utf-8")))
    return found


# The client speaks to developers. What language models read is English in all of Home
# Assistant. The sentences are a file that says whose it is. Two hold words of files.
NOT_FOR_USERS = {
    *("client", "llm.py", "columns.py", "file_names.py"),
    *("changes.py", "choosing.py", "installing.py", "names.py", "questions.py"),
}
NO_TEXTS = {
    "Face module ",  # entity ids are made of the title, and pages name them
    "not complete after ",  # raised, and logged
    "not reported",  # diagnostics
    *("was refused: ", "was read without its ", ", which makes no sense"),  # logged
}


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(INTEGRATION.rglob("*.py"))
        if not NOT_FOR_USERS & set(path.relative_to(INTEGRATION).parts)
    ],
    ids=lambda path: path.relative_to(INTEGRATION).as_posix(),
)
def test_what_users_read_stands_in_the_translations(path: Path) -> None:
    assert prose(path) <= NO_TEXTS


def test_prose_is_found(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text(
        '"""A docstring of words."""\n'
        'LOGGER.debug("not for %s", users)\n'
        'send("This job is not running", f"Hello dear {name}", "key", "a/path")\n'
    )
    assert prose(path) == {"This job is not running", "Hello dear "}


def test_every_action_is_described_as_it_is() -> None:
    described = load_yaml("services.yaml")
    assert set(described) == {action.name for action in ACTIONS}
    assert set(described) == set(EN["services"]) == set(load("icons.json")["services"])
    for action in ACTIONS:
        fields = (described[action.name] or {}).get("fields", {})
        assert set(fields) == {str(key) for key in action.schema.schema}
        texts_ = EN["services"][action.name].get("fields", {})
        assert set(texts_) == set(fields)
        for key in action.schema.schema:
            required = fields[str(key)].get("required", False)
            assert required == isinstance(key, vol.Required), key
            default = fields[str(key)].get("default", vol.UNDEFINED)
            if default is not vol.UNDEFINED:
                assert key.default() == default, key


@pytest.mark.parametrize(
    ("kind", "module"), [("triggers", trigger), ("conditions", condition)]
)
async def test_every_trigger_and_condition_is_described_as_it_is(
    hass: HomeAssistant, kind: str, module: Any
) -> None:
    described = load_yaml(f"{kind}.yaml")
    known = await getattr(module, f"async_get_{kind}")(hass)
    assert set(described) == set(known) == set(EN[kind]) == set(load("icons.json")[kind])
    for name, item in known.items():
        options = item._schema.schema["options"]
        fields = {str(key) for key in getattr(options, "schema", options)}
        if kind == "triggers":
            # A visit has no duration.
            fields -= {"for"}
        assert set(described[name]["fields"]) == fields == set(EN[kind][name]["fields"])


def test_every_choice_of_an_action_has_a_text() -> None:
    found = {}
    for action in load_yaml("services.yaml").values():
        for field in (action or {"fields": {}})["fields"].values():
            if select := (field["selector"].get("select")):
                found[select["translation_key"]] = set(select["options"])
    assert found == {
        "quality_control": {quality.name.lower() for quality in QualityControl},
        "if_exists": {"fail", "replace"},
        "sync_mode": set(SyncMode),
        "result": set(Verdict),
        "access_mode": set(AccessMode),
        "access_match": set(Match),
    }
    for key, options in found.items():
        assert set(EN["selector"][key]["options"]) == options


def test_an_action_offers_modules_and_not_the_devices_of_people() -> None:
    filters = [
        field["selector"]["device"]
        for action in load_yaml("services.yaml").values()
        for field in (action or {"fields": {}})["fields"].values()
        if "device" in field["selector"]
    ]
    assert filters
    for device in filters:
        assert device["filter"] == {"integration": "face_module"}
        assert device["entity"] == {"domain": "binary_sensor"}


def test_every_choice_of_a_selector_has_a_text() -> None:
    found = load_yaml("triggers.yaml")["person_recognized"]["fields"]["result"]
    select = found["selector"]["select"]
    assert set(EN["selector"]["result"]["options"]) == set(select["options"])
    assert set(select["options"]) == set(Verdict)


def test_every_field_of_a_form_has_a_name_and_a_description() -> None:
    steps = EN["config"]["step"]
    for step, schema in (
        ("user", forms.connection_form({})),
        ("connection", forms.connection_form({})),
        ("reauth_confirm", forms.PASSWORD),
        ("change_password", forms.NEW_PASSWORD),
        ("network", forms.NETWORK),
    ):
        fields = {str(key) for key in schema.schema} - {forms.SECTION_ADVANCED}
        assert set(steps[step]["data"]) == set(steps[step]["data_description"]) == fields
    options = EN["options"]["step"]["settings"]
    parts = [(forms.OPTIONS, options)]
    parts += [
        (schema, options["sections"][name])
        for name, schema in forms.OPTION_SECTIONS.items()
    ]
    found: set[str] = set()
    for schema, part in parts:
        fields = {str(key) for key in schema.schema} - set(forms.OPTION_SECTIONS)
        assert fields == set(part["data"]) == set(part["data_description"])
        found |= fields
    assert found | {"eyes"} == set(Options().as_dict())
    eyes, rows = EN["options"]["step"]["eyes"], EN["selector"]["eyes"]["fields"]
    assert set(eyes["data"]) == set(eyes["data_description"]) == {"eyes"}
    assert set(rows) == set(Eye._fields)
    assert all(set(row) == {"name", "description"} for row in rows.values())
    person = EN["options"]["step"]["person"]
    fields = {str(key) for key in people_flow.PERSON_FORM.schema}
    assert fields == set(person["data"]) == set(person["data_description"])
    history = EN["options"]["step"]["history"]
    assert set(history["data"]) == set(history["data_description"])
    assert set(history["data"]) == {
        options_flow.CONF_PEOPLE,
        options_flow.CONF_VISITS,
        options_flow.CONF_EVERYTHING,
    }


def test_every_rule_of_the_quality_scale_is_answered() -> None:
    rules = yaml.safe_load((INTEGRATION / "quality_scale.yaml").read_text())["rules"]
    assert len(rules) == 54
    for rule, answer in rules.items():
        if isinstance(answer, dict):
            assert answer["status"] in {"done", "exempt"}, rule
            assert answer["comment"], rule
        else:
            assert answer == "done", rule


def test_every_line_of_every_flow_is_demanded_to_be_tested() -> None:
    script = (ROOT / "scripts" / "test").read_text()
    (demanded,) = re.findall(r"--include '([^']+)' \\\n *--fail-under 100\n", script)
    flows = [
        path
        for path in INTEGRATION.rglob("*.py")
        if "def async_step_" in path.read_text() and path.name != "repairs.py"
    ]
    assert len(flows) >= 3
    for path in [*flows, *INTEGRATION.rglob("forms.py")]:
        assert any(path.full_match(f"**/{glob}") for glob in demanded.split(",")), path


def test_the_client_needs_what_home_assistant_brings_and_blocks_nowhere() -> None:
    roots: set[str] = set()
    for path in (INTEGRATION / "client").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                roots.add((node.module or "").partition(".")[0])
    assert roots - sys.stdlib_module_names == {"aiohttp", "orjson", "yarl"}
    assert roots.isdisjoint({"http", "pathlib", "socket", "subprocess", "time", "urllib"})


def test_the_brand_is_complete() -> None:
    brand = {path.name for path in (INTEGRATION / "brand").iterdir()}
    kinds = [f"{dark}{kind}" for dark in ("", "dark_") for kind in ("icon", "logo")]
    assert brand == {f"{kind}{size}.png" for kind in kinds for size in ("", "@2x")}


def test_callback_kinds_name_the_webhooks() -> None:
    assert set(CallbackKind) == {"recognition", "heartbeat", "status"}
    assert config_flow.FaceModuleConfigFlow.VERSION == 1
