"""What people do to people, at random, and what may come of each thing they do."""

from collections.abc import Collection
from typing import Any, Final
import unicodedata

from .identities import Human, Standing, composed, plain
from .identity_oracle import Ask, State
from .identity_world import TYPED, World, called

# What a line says of a module that is away: it is done when it is back.
WAITING: Final = "waiting"


def said(name: str) -> str:
    """Return a name as it is compared when it was spoken."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def take(
    world: World, ask: Ask, user_id: str, answer: dict[str, Any] | None, *states: State
) -> None:
    """Take an answer that has a line for each module at its word."""
    for line in answer["results"] if answer else ():
        if not line["ok"]:
            continue
        module = world.name_of(line)
        later = line.get("result") == WAITING
        given = line.get("user_id", user_id)
        world.oracle.told(module, given, *states, later=later)
        if not later:
            world.oracle.over(ask, module)


# Enrolling


def _enrollment(world: World, targets: list[str], *, typed: bool) -> tuple[Any, ...]:
    """Return a human, and what is asked for: the fields that action and card share."""
    human = world.random.choice(world.people)
    name = called(world, human)
    replace = world.random.random() < 0.4
    wanted = Standing(human.face, composed(name))
    given = world.random.choice(TYPED) if typed else None

    def allows(module: str, user_id: str, state: State) -> Collection[State]:
        if module not in targets or (given is not None and user_id != given):
            return ()
        # Who typed an id means whoever has it; else an id belongs to its name.
        names = world.oracle.names(module, user_id)
        fits = state is None or (replace and (given or plain(name) in names))
        return (wanted,) if fits else ()

    fields: dict[str, Any] = {"name": name}
    if given is not None:
        fields["user_id"] = given
    if replace:
        fields["if_exists"] = "replace"
    if world.random.random() < 0.5:
        fields["allow_duplicate_face"] = True
    photo = world.random.choice(human.photos)
    words = f"enroll {wanted} on {targets} {fields}"
    return photo, fields, wanted, words, allows


async def _enroll(world: World, *, typed: bool = False) -> None:
    targets = world.targets()
    photo, fields, wanted, words, allows = _enrollment(world, targets, typed=typed)
    ask = world.ask(words, allows)
    answer = await world.action(
        "enroll_user",
        device_id=world.devices(targets),
        path=world.photo_file(photo),
        **fields,
    )
    take(world, ask, answer["user_id"] if answer else "", answer, wanted)


async def enroll(world: World) -> None:
    """Enroll somebody under an id that is made of the name."""
    await _enroll(world)


async def enroll_typed(world: World) -> None:
    """Enroll somebody under an id that was typed."""
    await _enroll(world, typed=True)


async def _enroll_in_card(world: World, *, typed: bool) -> None:
    # The card offers every module, and knows not which of them are there.
    targets = world.random.choice((list(world.modules), world.targets()))
    photo, fields, wanted, words, allows = _enrollment(world, targets, typed=typed)
    ask = world.ask(f"card: {words}", allows)
    answer = await world.card(
        "people/enroll",
        entry_ids=world.entry_ids(targets),
        picture_id=world.upload(photo),
        **fields,
    )
    take(world, ask, answer["user_id"] if answer else "", answer, wanted)


async def enroll_in_card(world: World) -> None:
    """Enroll somebody with the card."""
    await _enroll_in_card(world, typed=world.random.random() < 0.1)


async def enroll_two(world: World) -> None:
    """Enroll two people at the same moment."""
    made, calls = [], []
    for _ in range(2):
        targets = world.targets()
        photo, fields, wanted, words, allows = _enrollment(world, targets, typed=False)
        ask = world.ask(f"at once: {words}", allows)
        made.append((ask, wanted))
        calls.append(
            {
                "device_id": world.devices(targets),
                "path": world.photo_file(photo),
                **fields,
            }
        )
    world.oracle.words = " and ".join(ask.words for ask, _ in made)
    answers = await world.together("enroll_user", *calls)
    world.oracle.look()
    told = [
        (answer["user_id"], line)
        for answer in answers
        if answer
        for line in answer["results"]
    ]
    for (ask, wanted), answer in zip(made, answers, strict=True):
        # Who was enrolled by one may have been replaced by the other.
        if answer and sum(id_ == answer["user_id"] for id_, _ in told) == len(
            answer["results"]
        ):
            take(world, ask, answer["user_id"], answer, wanted)


# Changing


def _change(
    world: World, human: Human | None, name: str | None, user_id: str, targets: list[str],
    names: frozenset[str] | None,
) -> Any:  # fmt: skip
    """Return what may come of giving somebody another name, another picture or both.

    `names` are those of whom the user saw and meant.
    """

    def allows(module: str, at: str, state: State) -> Collection[State]:
        if at != user_id or module not in targets or state is None:
            return ()
        if names is not None and not names & world.oracle.names(module, user_id):
            return ()
        return (_as_asked(state, human, name),)

    return allows


def _new(world: World, standing: Standing) -> tuple[Human | None, str | None]:
    """Return another picture of somebody, another name for them, or both."""
    human = next((one for one in world.people if one.face == standing.face), None)
    name = world.random.choice(world.people).name
    if human is None or world.random.random() < 0.5:
        return None, name
    return human, name if world.random.random() < 0.3 else None


async def update(world: World) -> None:
    """Change somebody with the action, who is named by the id."""
    targets = world.targets()
    if (found := world.somebody(*targets)) is None:
        return
    _, user_id, shown = found
    human, name = _new(world, shown)
    allows = _change(world, human, name, user_id, targets, None)
    ask = world.ask(
        f"update {user_id} on {targets} to {human} {name!r}", allows, changes=True
    )
    fields: dict[str, Any] = {"name": name} if name else {}
    if human:
        fields["path"] = world.photo_file(world.random.choice(human.photos))
    before = {at: world.oracle.expected(at, user_id) for at in targets}
    answer = await world.action(
        "update_user",
        device_id=world.devices(targets),
        user_id=user_id,
        allow_duplicate_face=True,
        **fields,
    )
    _changed(world, ask, user_id, answer, human, name, before)


async def update_in_card(world: World) -> None:
    """Change whom the card shows, wherever they are."""
    if (found := world.somebody()) is None:
        return
    at, user_id, shown = found
    human, name = _new(world, shown)
    everywhere = world.random.random() < 0.7
    targets = list(world.modules) if everywhere else [at]
    names = world.oracle.names(at, user_id)
    allows = _change(world, human, name, user_id, targets, names)
    words = f"card: update {user_id} ({shown}) seen on {at} to {human} {name!r} {targets}"
    ask = world.ask(words, allows, changes=True)
    fields: dict[str, Any] = {"name": name} if name else {}
    if human:
        fields["picture_id"] = world.upload(world.random.choice(human.photos))
    before = meant(world, user_id, shown, targets)
    answer = await world.card(
        "people/update",
        entry_ids=world.entry_ids(targets),
        user_id=user_id,
        called=shown.name,
        everywhere=everywhere,
        allow_duplicate_face=True,
        **fields,
    )
    _changed(world, ask, user_id, answer, human, name, before)


def meant(
    world: World, user_id: str, shown: Standing, targets: list[str]
) -> dict[str, frozenset[State]]:
    """Return who is to have an id on those modules where it is whom the user saw."""
    found = {at: world.oracle.expected(at, user_id) for at in targets}
    return {
        at: states
        for at, states in found.items()
        if any(one and plain(one.name) == plain(shown.name) for one in states)
    }


def _as_asked(old: Standing, human: Human | None, name: str | None) -> Standing:
    """Return somebody with another picture, another name, or both."""
    return Standing(human.face if human else old.face, composed(name) if name else old.name)


def _changed(
    world: World, ask: Ask, user_id: str, answer: Any, human: Human | None,
    name: str | None, before: dict[str, frozenset[State]],
) -> None:  # fmt: skip
    was = {at: world.oracle.seen[at].get(user_id) for at in before}
    for line in answer["results"] if answer else ():
        at = world.name_of(line)
        if line["ok"] and line.get("result") == WAITING and at not in before:
            world.oracle.told_to_wait(at, user_id)
        if not line["ok"] or at not in before:
            continue
        new = [_as_asked(old, human, name) for old in before[at] if old is not None]
        # Another picture may still wait where the name is changed, and the other way round.
        there = was[at]
        meanwhile = [] if there is None else [_as_asked(there, human, name)]
        later = line.get("result") == WAITING
        world.oracle.told(at, user_id, *new, later=later, meanwhile=meanwhile)
        if not later:
            world.oracle.over(ask, at)


async def rename_by_voice(world: World) -> None:
    """Tell a language model that somebody is called otherwise now."""
    if (found := world.somebody()) is None:
        return
    _, _, shown = found
    name = world.random.choice(world.people).name

    def allows(module: str, user_id: str, state: State) -> Collection[State]:
        spoken = map(said, world.oracle.names(module, user_id))
        if state is None or said(shown.name) not in spoken:
            return ()
        return (Standing(state.face, composed(name)),)

    ids = ids_of(world, shown.name)
    world.ask(f"say: rename {shown.name!r} to {name!r}", allows, changes=True)
    answer = await world.say("rename_person", name=shown.name, new_name=name)
    world.oracle.look()
    if answer is None or len(ids) != 1 or not changed(world, ids):
        return
    (user_id,) = ids
    for at, standing in ids[user_id].items():
        new = Standing(standing.face, composed(name))
        # Where it could not be done at once it is done later.
        world.oracle.told(at, user_id, new, later=True)


def changed(world: World, ids: dict[str, dict[str, Standing]]) -> bool:
    """Say whether any of them was changed: then it was they who were meant."""
    return any(
        world.oracle.seen[at].get(user_id) != standing
        for user_id, there in ids.items()
        for at, standing in there.items()
    )


def ids_of(world: World, name: str) -> dict[str, dict[str, Standing]]:
    """Return whoever is called so, by user id and module."""
    found: dict[str, dict[str, Standing]] = {}
    for at, standings in world.oracle.seen.items():
        for user_id, standing in standings.items():
            if said(standing.name) == said(name):
                found.setdefault(user_id, {})[at] = standing
    return found
