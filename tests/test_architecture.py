"""Dependencies point one way, the libraries stay pure, and modules stay small."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from homeassistant.const import Platform
import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = "custom_components.face_module"
OURS = ROOT / "custom_components" / "face_module"
SIMULATOR = ROOT / "simulator"
MAX_LINES = 400
MAX_TEST_LINES = 500


def name_of(path: Path) -> str:
    """Return the dotted name of a module in its file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    name_of(path): path for folder in (OURS, SIMULATOR) for path in folder.rglob("*.py")
}
TESTS = {path.relative_to(ROOT).as_posix(): path for path in (ROOT / "tests").rglob("*.py")}
INTEGRATION = sorted(name for name in FILES if name.startswith(PACKAGE))
CLIENT = [name for name in INTEGRATION if f"{name}.".startswith(f"{PACKAGE}.client.")]
SIMULATED = sorted(name for name in FILES if name.startswith("simulator"))
PLATFORMS = {f"{PACKAGE}.{platform}" for platform in Platform} & FILES.keys()

# What every room may use.
BASE = {"const", "options", "errors", "files", "issues", "permissions", "texts"}
# Home Assistant asks for these by name, or they stand between it and the rooms.
DOORS = {
    *("__init__", "config_flow", "entity", "frontend"),
    *("binary_sensor", "button", "calendar", "event", "image", "number", "select"),
    *("sensor", "switch"),
    *("condition", "device_trigger", "intent", "llm", "logbook", "media_source"),
    *("backup", "diagnostics", "repairs", "system_health", "trigger"),
}
# The architecture: which room may use which, besides itself. Everything but the client
# may use the base and the client. A room is at home in its folder, `runtime` in its file.
MAY_USE = {
    "client": set(),
    "base": set(),
    "device": set(),
    "pictures": set(),
    "callbacks": {"device"},
    "people": {"device", "pictures"},
    "visits": {"device", "people", "pictures"},
    "strangers": {"people", "pictures", "visits"},
    "publish": {"device", "visits"},
    "eyes": {"device", "people", "pictures", "visits"},
    "runtime": {
        *("device", "callbacks", "people", "visits", "strangers", "publish", "eyes"),
    },
    "fleet": {"people", "pictures", "visits", "runtime"},
    "voice": {"device", "people", "pictures", "visits", "fleet", "runtime"},
    "websocket": {"people", "pictures", "visits", "strangers", "fleet", "runtime"},
    "services": {"people", "pictures", "visits", "eyes", "fleet", "voice", "runtime"},
    "flows": {"device", "people", "visits", "fleet", "voice", "runtime"},
    "doors": {
        *("device", "callbacks", "people", "pictures", "visits", "publish", "runtime"),
        *("eyes", "strangers", "fleet", "voice", "websocket", "services", "flows"),
    },
}


def room_of(name: str) -> str:
    """Return the room that a module of the integration is in."""
    path = FILES[name].relative_to(OURS)
    if len(path.parts) > 1:
        return path.parts[0]
    if path.stem in BASE:
        return "base"
    return "runtime" if path.stem == "runtime" else "doors"


def statements(tree: ast.AST, *, at_start: bool) -> Iterator[ast.AST]:
    """Walk through a module; with `at_start` only through what runs when it is loaded."""
    for node in ast.iter_child_nodes(tree):
        later = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or (
            isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        )
        if not (at_start and later):
            yield node
            yield from statements(node, at_start=at_start)


def imports(name: str, *, at_start: bool = False) -> set[str]:
    """Return the modules that a module imports, or only when it is loaded.

    By their absolute names:
    `from package import x` is an import of `package.x` where that is a module of ours.
    """
    path = FILES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in statements(ast.parse(path.read_text()), at_start=at_start):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            inside = {f"{base}.{alias.name}" for alias in node.names}
            found |= inside & FILES.keys()
            if len(inside - FILES.keys()) > 0:
                found.add(base)
    return found


def top_levels(name: str) -> set[str]:
    return {imported.partition(".")[0] for imported in imports(name)}


def test_the_imports_of_a_module_are_found() -> None:
    assert imports(f"{PACKAGE}.client.client") >= {
        "aiohttp",
        "base64",
        f"{PACKAGE}.client.calls",
        f"{PACKAGE}.client.models",
    }
    assert f"{PACKAGE}.client.calls" in imports(f"{PACKAGE}.client.transport")
    assert f"{PACKAGE}.device.coordinator" in imports(f"{PACKAGE}.runtime")
    assert f"{PACKAGE}.runtime" in imports(PACKAGE)
    assert f"{PACKAGE}.const" in imports(f"{PACKAGE}.visits.requests")
    assert {f"{PACKAGE}.sensor", f"{PACKAGE}.event"} <= PLATFORMS


def test_the_top_of_the_folder_is_doors_wiring_and_what_every_room_may_use() -> None:
    assert {path.stem for path in OURS.glob("*.py")} - DOORS == {*BASE, "runtime"}
    rooms = {path.name for path in OURS.iterdir() if any(path.glob("*.py"))}
    assert rooms == MAY_USE.keys() - {"base", "runtime", "doors"}


@pytest.mark.parametrize("name", INTEGRATION)
def test_a_room_uses_only_what_it_may(name: str) -> None:
    room = room_of(name)
    allowed = {room, *MAY_USE[room]} | (set() if room == "client" else {"base", "client"})
    used = {room_of(item) for item in imports(name) if item in INTEGRATION}
    assert used <= allowed, f"{name} is in {room} and uses {sorted(used - allowed)}"


def test_the_table_has_no_circle() -> None:
    assert set(TopologicalSorter(MAY_USE).static_order()) == MAY_USE.keys()


@pytest.mark.parametrize("name", sorted(set(INTEGRATION) - set(CLIENT)))
def test_a_file_does_not_repeat_its_room(name: str) -> None:
    folder, *rest = FILES[name].relative_to(OURS).parts
    assert not rest or (rest[0] != f"{folder}.py" and not rest[0].startswith(f"{folder}_"))


@pytest.mark.parametrize("name", CLIENT)
def test_the_client_knows_nothing_of_home_assistant(name: str) -> None:
    assert "homeassistant" not in top_levels(name)


@pytest.mark.parametrize("name", SIMULATED)
def test_the_simulator_knows_nothing_of_home_assistant_and_of_us(name: str) -> None:
    assert top_levels(name).isdisjoint({"homeassistant", "custom_components", "tests"})


@pytest.mark.parametrize("name", INTEGRATION)
def test_nothing_imports_the_root_of_the_package(name: str) -> None:
    assert PACKAGE not in imports(name)


@pytest.mark.parametrize("name", INTEGRATION)
def test_the_integration_imports_no_simulator_and_no_test(name: str) -> None:
    assert top_levels(name).isdisjoint({"simulator", "tests", "pytest"})


@pytest.mark.parametrize("name", INTEGRATION)
def test_nothing_but_home_assistant_imports_a_platform(name: str) -> None:
    assert imports(name).isdisjoint(PLATFORMS)


@pytest.mark.parametrize("name", INTEGRATION)
def test_who_does_not_use_mqtt_loads_nothing_of_it(name: str) -> None:
    tree = ast.parse(FILES[name].read_text())
    at_start = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    assert not [node for node in at_start if "mqtt" in ast.unparse(node).lower().split()]
    foreign = {item for item in imports(name) if item.startswith("paho")}
    assert not foreign


@pytest.mark.parametrize("names", [INTEGRATION, SIMULATED], ids=[PACKAGE, "simulator"])
def test_nobody_imports_himself_by_way_of_others(names: list[str]) -> None:
    # Whoever needs a module's types only needs the module: TYPE_CHECKING is no excuse.
    graph = {name: imports(name) & set(names) for name in names}
    # A folder's __init__ is run before its modules, and only says what they offer.
    inside = {name for name in names if FILES[name].name == "__init__.py"}
    for name in names:
        graph[name] -= {item for item in inside if name.startswith(f"{item}.")}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(names)


def test_a_start_of_home_assistant_loads_nothing_that_only_a_few_homes_need() -> None:
    loaded: set[str] = set()
    new = {PACKAGE, f"{PACKAGE}.config_flow"}
    while new:
        loaded |= new
        new = set().union(*(imports(name, at_start=True) for name in new & FILES.keys()))
        new -= loaded
    assert f"{PACKAGE}.fleet.importing" in loaded
    # What reads files for an import, what publishes, and what speaks: that loads Home
    # Assistant's intents.
    later = {f"{PACKAGE}.{name}" for name in ("fleet.archive", "fleet.charsets")}
    later |= {f"{PACKAGE}.{name}" for name in ("publish.module", "voice.speaking")}
    later |= {"charset_normalizer"}
    assert sorted(loaded & later) == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_module_is_not_too_long(name: str) -> None:
    lines = len(FILES[name].read_text().splitlines())
    assert lines <= MAX_LINES, f"{name} has {lines} lines"


@pytest.mark.parametrize("name", sorted(TESTS))
def test_a_file_of_tests_is_not_too_long(name: str) -> None:
    lines = len(TESTS[name].read_text().splitlines())
    assert lines <= MAX_TEST_LINES, f"{name} has {lines} lines: cut it along what it proves"
