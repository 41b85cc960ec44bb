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


def name_of(path: Path) -> str:
    """Return the dotted name of a module in its file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    name_of(path): path for folder in (OURS, SIMULATOR) for path in folder.rglob("*.py")
}
INTEGRATION = sorted(name for name in FILES if name.startswith(PACKAGE))
CLIENT = [name for name in INTEGRATION if f"{name}.".startswith(f"{PACKAGE}.client.")]
SIMULATED = sorted(name for name in FILES if name.startswith("simulator"))
PLATFORMS = {f"{PACKAGE}.{platform}" for platform in Platform} & FILES.keys()


def statements(tree: ast.AST, *, type_checking: bool) -> Iterator[ast.AST]:
    """Walk through a module, and into `if TYPE_CHECKING` only if asked to."""
    for node in ast.iter_child_nodes(tree):
        if (
            isinstance(node, ast.If)
            and "TYPE_CHECKING" in ast.unparse(node.test)
            and not type_checking
        ):
            for other in node.orelse:
                yield other
                yield from statements(other, type_checking=type_checking)
            continue
        yield node
        yield from statements(node, type_checking=type_checking)


def imports(name: str, *, type_checking: bool = True) -> set[str]:
    """Return the modules that a module imports, by their absolute names.

    `from package import x` is an import of `package.x` where that is a module of ours.
    """
    path = FILES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    found = set()
    for node in statements(ast.parse(path.read_text()), type_checking=type_checking):
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
    coordinator = f"{PACKAGE}.coordinator"
    assert coordinator in imports(f"{PACKAGE}.models")
    assert coordinator not in imports(f"{PACKAGE}.models", type_checking=False)
    assert f"{PACKAGE}.client" in imports(f"{PACKAGE}.models", type_checking=False)
    assert coordinator in imports(PACKAGE)
    assert {f"{PACKAGE}.sensor", f"{PACKAGE}.event"} <= PLATFORMS


@pytest.mark.parametrize("name", CLIENT)
def test_the_client_knows_nothing_of_home_assistant_and_of_us(name: str) -> None:
    assert "homeassistant" not in top_levels(name)
    ours = {item for item in imports(name) if item.startswith("custom_components")}
    assert ours <= set(CLIENT)


@pytest.mark.parametrize("name", SIMULATED)
def test_the_simulator_knows_nothing_of_home_assistant_and_of_us(name: str) -> None:
    assert top_levels(name).isdisjoint({"homeassistant", "custom_components", "tests"})


@pytest.mark.parametrize("name", INTEGRATION)
def test_nothing_imports_the_root_of_the_package(name: str) -> None:
    assert PACKAGE not in imports(name)


@pytest.mark.parametrize("name", INTEGRATION)
def test_the_integration_imports_no_simulator_and_no_test(name: str) -> None:
    assert top_levels(name).isdisjoint({"simulator", "tests", "pytest"})


@pytest.mark.parametrize("name", ["const", "models", "errors", "issues"])
def test_what_everything_stands_on_does_not_know_the_coordinator(name: str) -> None:
    ours = imports(f"{PACKAGE}.{name}", type_checking=False)
    above = {"coordinator", "webhook", "people", "entity", "services", "websocket_api"}
    assert ours.isdisjoint({f"{PACKAGE}.{item}" for item in above} | PLATFORMS)


def test_the_coordinator_does_not_know_who_uses_it() -> None:
    ours = imports(f"{PACKAGE}.coordinator", type_checking=False)
    above = {"webhook", "people", "entity", "services", "websocket_api", "config_flow"}
    assert ours.isdisjoint({f"{PACKAGE}.{item}" for item in above} | PLATFORMS)


@pytest.mark.parametrize("name", INTEGRATION)
def test_nothing_but_home_assistant_imports_a_platform(name: str) -> None:
    assert imports(name, type_checking=False).isdisjoint(PLATFORMS)


@pytest.mark.parametrize("names", [INTEGRATION, SIMULATED], ids=[PACKAGE, "simulator"])
def test_nobody_imports_himself_by_way_of_others(names: list[str]) -> None:
    graph = {name: imports(name, type_checking=False) & set(names) for name in names}
    # A folder's __init__ is run before its modules, and only says what they offer.
    inside = {name for name in names if FILES[name].name == "__init__.py"}
    for name in names:
        graph[name] -= {item for item in inside if name.startswith(f"{item}.")}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(names)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_module_is_not_too_long(name: str) -> None:
    lines = len(FILES[name].read_text().splitlines())
    assert lines <= MAX_LINES, f"{name} has {lines} lines"
