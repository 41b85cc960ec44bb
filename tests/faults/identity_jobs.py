"""Many people at once, at random, and what may come of it."""

from collections.abc import Collection
import csv
import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from .identities import Standing, composed, plain
from .identity_oracle import Allows, Ask, State, nothing
from .identity_world import TYPED, World, called


async def import_table(world: World) -> None:
    """Import a folder with a table of names; some rows have ids."""
    targets = world.targets()
    some = world.random.sample(world.people, world.random.randint(1, 4))
    replace = world.random.random() < 0.4
    world.files += 1
    folder = world.folder / f"import {world.files}"
    folder.mkdir()
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["file", "name", "user_id"])
    rows: list[tuple[str, Standing]] = []
    for number, human in enumerate(some):
        given = world.random.choice(TYPED) if world.random.random() < 0.2 else ""
        name = called(world, human)
        (folder / f"p{number}.jpg").write_bytes(world.random.choice(human.photos))
        writer.writerow([f"p{number}.jpg", name, given])
        rows.append((given, Standing(human.face, composed(name))))
    (folder / "people.csv").write_text(table.getvalue(), encoding="utf-8")

    def allows(module: str, user_id: str, state: State) -> Collection[State]:
        return [
            wanted
            for given, wanted in rows
            if module in targets
            and given in ("", user_id)
            and (
                state is None
                or (
                    replace
                    and (given or plain(wanted.name) in world.oracle.names(module, user_id))
                )
            )
        ]

    words = f"import {[(given, str(one)) for given, one in rows]} on {targets}"
    ask = world.ask(f"{words} {replace=}", allows)
    await _job(
        world,
        ask,
        [standing for _, standing in rows],
        "import_users",
        path=str(folder),
        device_id=world.devices(targets),
        allow_duplicate_face=world.random.random() < 0.7,
        if_exists="replace" if replace else "fail",
    )


async def import_archive(world: World) -> None:
    """Import what was exported before, perhaps from another module."""
    if not world.archives:
        return
    path, targets = world.random.choice(world.archives), world.targets()
    people = {
        row["user_id"]: Standing(world.faces.of(photo), row["name"])
        for row, photo in _exported(path)
    }
    replace = world.random.random() < 0.5

    def allows(module: str, user_id: str, state: State) -> Collection[State]:
        wanted = people.get(user_id)
        if module not in targets or wanted is None:
            return ()
        # Somebody of another name is another person.
        names = world.oracle.names(module, user_id)
        fits = state is None or (replace and plain(wanted.name) in names)
        return (wanted,) if fits else ()

    ask = world.ask(f"import {path.name} on {targets} {replace=}", allows)
    await _job(
        world,
        ask,
        list(people.values()),
        "import_users",
        path=str(path),
        device_id=world.devices(targets),
        allow_duplicate_face=True,
        if_exists="replace" if replace else "fail",
    )


async def _job(
    world: World, ask: Ask, people: list[Standing], action: str, **data: Any
) -> None:
    """Do it, and take the report at its word."""
    report = await world.action(action, **data)
    if report is None:
        return
    world.oracle.look()
    failed = {
        world.name_of(line)
        for line in report["people"]
        if "error" in line and "device_id" in line
    }
    # What waited for the source was done first.
    if "source_device_id" in data:
        at = world.name_of({"device_id": data["source_device_id"]})
        people = [*people, *world.oracle.seen[at].values()] if people else []
    for line in report["people"]:
        if line.get("result") in ("added", "replaced") and "device_id" in line:
            module, user_id = world.name_of(line), line["user_id"]
            states = [one for one in people if one.name == line["name"]]
            if line["result"] == "added" and world.oracle.is_owed_gone(module, user_id):
                # Nobody was there to be replaced: who was to go went first.
                world.oracle.not_owed(module, user_id)
            world.oracle.told(module, user_id, *states)
    if not report["cancelled"]:
        world.oracle.over(ask, *(world.modules.keys() - failed))


def _exported(path: Path) -> list[tuple[dict[str, Any], bytes]]:
    with ZipFile(path) as archive:
        rows = json.loads(archive.read("manifest.json"))["people"]
        return [(row, archive.read(row["file"])) for row in rows if row.get("file")]


async def export(world: World) -> None:
    """Export a module; the archive says who is there."""
    (at,) = world.random.sample(world.near, 1)
    world.ask(f"export {at}", nothing)
    world.files += 1
    path = world.folder / f"{world.files}.zip"
    there = world.oracle.seen[at]
    (device,) = world.devices([at])
    report = await world.action("export_users", path=str(path), device_id=device)
    if report is None:
        if path.exists():
            world.oracle.wrong("export", f"{at}: a failed one left a file")
        return
    failed = {line["user_id"] for line in report["failed"]}
    found = {
        row["user_id"]: Standing(world.faces.of(photo), row["name"])
        for row, photo in _exported(path)
    }
    # What waited for the module was done first, or meanwhile.
    world.oracle.look()
    after = world.oracle.seen[at]
    wrong = {
        user_id: f"{found.get(user_id)} instead of {after.get(user_id)}"
        for user_id in (found.keys() | there.keys() | after.keys()) - failed
        if found.get(user_id) not in (there.get(user_id), after.get(user_id))
    }
    if wrong:
        world.oracle.wrong("export", f"{at}: {wrong}")
    world.archives = [*world.archives[-3:], path]


def _in_line(
    world: World, source: str | None, targets: list[str], *, mirror: bool
) -> Allows:
    """Return what may come of bringing modules in line with a source, or with the list."""
    oracle = world.oracle
    there = oracle.seen[source] if source else {}

    def of_source(user_id: str) -> set[State]:
        if source is None:
            return {*oracle.may_be_anywhere(user_id)}
        # Who is to be gone from the source spreads no more.
        if oracle.is_owed_gone(source, user_id):
            return set()
        now = world.faces.on(world.modules[source])
        found = now.get(user_id), there.get(user_id)
        return {one for one in found if one is not None}

    def allows(module: str, user_id: str, state: State) -> Collection[State]:
        if module not in targets:
            return ()
        new = of_source(user_id)
        if state is None:
            return new
        if not mirror:
            return ()
        if not new or (source is None and not oracle.is_listed(module, user_id)):
            return (None, *new)
        # Somebody else of the same id stays.
        names = oracle.names(module, user_id)
        if source is not None:
            return new if names & oracle.names(source, user_id) else ()
        return {one for one in new if one is not None and plain(one.name) in names}

    return allows


async def sync(world: World) -> None:
    """Bring modules in line with another, or with the list of Home Assistant."""
    source = world.random.choice((*world.near, None))
    targets = [name for name in world.targets() if name != source]
    dry = world.random.random() < 0.15
    mirror = world.random.random() < 0.35 and (bool(targets) or source is None)
    if not targets and source is None:
        return
    mode = "mirror" if mirror else "add"
    allows = nothing if dry else _in_line(world, source, targets, mirror=mirror)
    ask = world.ask(f"sync {source} to {targets} {mode} {dry=}", allows)
    people = [*world.oracle.seen[source].values()] if source and not dry else []
    data = {"source_device_id": world.devices([source])[0]} if source else {}
    await _job(
        world,
        ask,
        people,
        "sync_users",
        device_id=world.devices(targets),
        mode=mode,
        dry_run=dry,
        **data,
    )
