"""docs/architecture*.md and CONTRIBUTING.md: what they name exists, what they draw is so.

A file is named in backticks: from the top of the repository or, shorter, from the folder
of the integration. `visits/gate.py: judge, Verdict` names what is in it. A span with `<`
in it is a pattern, or a file of Home Assistant's configuration folder, and no file of ours.
"""

from collections import Counter
from pathlib import Path
import re

import pytest

from tests.test_architecture import MAY_USE

ROOT = Path(__file__).parents[2]
OURS = ROOT / "custom_components" / "face_module"
ENGLISH, CHINESE = "docs/architecture.md", "docs/architecture.zh-Hans.md"
GUIDE = "CONTRIBUTING.md"
PAGES = {
    name: (ROOT / name).read_text(encoding="utf-8") for name in (ENGLISH, CHINESE, GUIDE)
}
ENDINGS = "py|md|js|json|yaml|toml|yml|ambr"
# A path, and perhaps names in it or one test of it.
FILE = re.compile(
    rf"(?P<path>[\w./*-]*/[\w./*-]*|[\w.*-]+\.(?:{ENDINGS}))"
    r"(?:: (?P<names>[\w.]+(?:, [\w.]+)*)|::(?P<test>\w+))?"
)
# What is written like a name of the code: snake_case, camelCase, CONSTANT_CASE.
NAME = re.compile(r"_?[A-Za-z]\w*(?:_\w+|[a-z][A-Z]\w*)")
# How a name begins to exist in each kind of file.
MADE = {
    ".py": r"(?:\b(?:class|def|type) {0}\b|^ *{0}(?:: .*|\[.*\])? *=|^ +{0}: )",
    ".js": r"(?:\b(?:class|function|const) {0}\b|^ +(?:async )?{0}\()",
    ".json": r'"{0}": ',
    ".yaml": r"^ *{0}:",
    ".toml": r"^{0} =",
}

each_page = pytest.mark.parametrize("page", PAGES)


def fenced(text: str, language: str) -> list[str]:
    """Return what is in the fences of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def spans(line: str) -> list[str]:
    """Return what a line has in backticks, but for patterns."""
    return [span for span in re.findall(r"`([^`]+)`", line) if "<" not in span]


def prose(page: str) -> list[str]:
    """Return the lines of a page without what is fenced: a paragraph or a row each."""
    text = re.sub(r"^```.*?^```$", "", PAGES[page], flags=re.MULTILINE | re.DOTALL)
    return text.splitlines()


def named(line: str) -> list[re.Match[str]]:
    """Return the files that a line names; a command names its words."""
    found = []
    for span in spans(line):
        words = [span] if FILE.fullmatch(span) else span.split()
        found += [match for word in words if (match := FILE.fullmatch(word))]
    return found


def files_of(path: str) -> list[Path]:
    """Return the files or folders of a path; it may have stars."""
    return [
        found
        for root in (ROOT, OURS)
        for found in root.glob(path.rstrip("/"))
        if found.is_dir() or not path.endswith("/")
    ]


def has(path: Path, name: str) -> bool:
    """Say whether a file makes something of this name; `A.b` is made in class `A`."""
    text = path.read_text(encoding="utf-8")
    owner, _, name = name.rpartition(".")
    if owner:
        body = re.search(rf"^class {owner}\b.*\n((?:[ )].*\n|\n)*)", text, re.MULTILINE)
        text = body[1] if body else ""
    made = MADE[path.suffix].format(re.escape(name))
    return re.search(made, text, re.MULTILINE) is not None


@each_page
def test_every_file_it_names_exists(page: str) -> None:
    found = [match["path"] for line in prose(page) for match in named(line)]
    assert len(set(found)) > 20
    assert [path for path in found if not files_of(path)] == []


@each_page
def test_every_script_and_test_of_its_commands_exists(page: str) -> None:
    commands = "\n".join(fenced(PAGES[page], "bash"))
    found = re.findall(r"(?:scripts|tests|docs|simulator)/[\w./-]+", commands)
    assert [path for path in found if not files_of(path)] == []


@each_page
def test_whatever_it_names_in_a_file_is_there(page: str) -> None:
    missing = []
    for line in prose(page):
        for match in named(line):
            names = (match["names"] or match["test"] or "").split(", ")
            for name in filter(None, names):
                files = [path for path in files_of(match["path"]) if path.is_file()]
                if not any(has(path, name) for path in files):
                    missing.append(f"{match['path']}: {name}")
    assert missing == []


@each_page
def test_a_name_beside_a_file_is_in_it(page: str) -> None:
    strange = []
    for line in prose(page):
        files = [path for match in named(line) for path in files_of(match["path"])]
        texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
        for span in spans(line):
            if not texts or not NAME.fullmatch(span):
                continue
            if not any(re.search(rf"\b{span}\b", text) for text in texts):
                strange.append(f"{span}: {line[:60]}")
    assert strange == []


def drawn(page: str) -> set[tuple[str, str]]:
    """Return the arrows of the drawing, those of a frame for every room in it."""
    (drawing,) = fenced(PAGES[page], "mermaid")
    inside: dict[str, list[str]] = {}
    frames: list[str] = []
    arrows = []
    for line in drawing.splitlines()[1:]:
        match line.split():
            case ["subgraph", frame, *_]:
                frames.append(re.sub(r"\W.*", "", frame))
            case ["end"]:
                frames.pop()
            case ["direction", _]:
                pass
            case [tail, "-->", *heads]:
                arrows += [(tail, head.strip("&")) for head in heads if head != "&"]
            case [room, *_]:
                for frame in frames:
                    inside.setdefault(frame, []).append(re.sub(r"\W.*", "", room))
    return {
        (one, other)
        for tail, head in arrows
        for one in inside.get(tail, [tail])
        for other in inside.get(head, [head])
    }


@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_the_arrows_are_those_of_the_table(page: str) -> None:
    table = {(room, other) for room, others in MAY_USE.items() for other in others}
    assert drawn(page) == table


@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_every_room_is_described(page: str) -> None:
    rows = "\n".join(line for line in prose(page) if line.startswith("| "))
    for room in MAY_USE.keys() - {"base", "runtime", "doors"}:
        assert f"| `{room}/` |" in rows, room


def test_both_languages_name_the_same_files_and_draw_the_same() -> None:
    english, chinese = (
        Counter(match[0] for line in prose(page) for match in named(line))
        for page in (ENGLISH, CHINESE)
    )
    assert english == chinese
    shapes = [
        re.findall(r"^#+ |^\d+\. |^- |^\|", PAGES[page], re.MULTILINE)
        for page in (ENGLISH, CHINESE)
    ]
    assert shapes[0] == shapes[1]


def test_the_readmes_lead_to_the_pages_and_the_pages_to_each_other() -> None:
    for readme, page in (("README.md", ENGLISH), ("README.zh-Hans.md", CHINESE)):
        text = (ROOT / readme).read_text(encoding="utf-8")
        assert f"({page})" in text
        assert f"({GUIDE})" in text
        assert f"(../{GUIDE})" in PAGES[page]
    assert f"({ENGLISH})" in PAGES[GUIDE]
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", PAGES[GUIDE]):
        assert (ROOT / target).is_file(), target


def test_what_is_not_there_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text(
        "LIMIT: Final = 3\n\nclass One:\n    size: int\n\n    def two(self):\n"
        "        return\n\n\nclass Other:\n    def three(self):\n"
    )
    assert has(path, "One.two")
    assert has(path, "One.size")
    assert has(path, "LIMIT")
    assert has(path, "three")
    assert not has(path, "four")
    assert not has(path, "One.three")
    assert files_of("visits/nobody.py") == []
    (match,) = named("see `visits/gate.py: judge, Verdict`, not `judge` or `<config>/x/`")
    assert (match["path"], match["names"]) == ("visits/gate.py", "judge, Verdict")
    (match,) = named("`scripts/test -x`")
    assert match["path"] == "scripts/test"
