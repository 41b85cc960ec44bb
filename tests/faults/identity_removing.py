"""How people lose people, and another tool, at random; and what may come of it."""

from collections.abc import Collection

from .identities import Standing, composed, plain
from .identity_operations import WAITING, ids_of, meant, said, take
from .identity_oracle import State, nothing
from .identity_world import TYPED, World, called


async def delete(world: World) -> None:
    """Delete somebody with the action, who is named by the id."""
    targets = world.targets()
    if (found := world.somebody(*targets)) is None:
        return
    _, user_id, _ = found

    def allows(module: str, at: str, state: State) -> Collection[State]:
        return (None,) if module in targets and at == user_id else ()

    ask = world.ask(f"delete {user_id} on {targets}", allows)
    devices = world.devices(targets)
    answer = await world.action("delete_user", device_id=devices, user_id=user_id)
    take(world, ask, user_id, answer, None)


async def delete_in_card(world: World) -> None:
    """Delete whom the card shows, there or everywhere."""
    if (found := world.somebody()) is None:
        return
    at, user_id, shown = found
    everywhere = world.random.random() < 0.7
    targets = list(world.modules) if everywhere else [at]
    names = world.oracle.names(at, user_id)

    def allows(module: str, where: str, state: State) -> Collection[State]:
        same = names & world.oracle.names(module, user_id)
        return (None,) if same and module in targets and where == user_id else ()

    words = f"card: delete {user_id} ({shown}) seen on {at}, on {targets}"
    ask = world.ask(words, allows)
    before = meant(world, user_id, shown, targets)
    answer = await world.card(
        "people/delete",
        entry_ids=world.entry_ids(targets),
        user_id=user_id,
        called=shown.name,
        everywhere=everywhere,
    )
    world.oracle.look()
    lines = answer["results"] if answer else []
    for line in lines:
        where = world.name_of(line)
        later = line.get("result") == WAITING
        # Another person of the same id was not meant.
        if line["ok"] and where in before:
            world.oracle.told(where, user_id, None, later=later)
            if not later:
                world.oracle.over(ask, where)
    if everywhere and lines and all(line["ok"] for line in lines):
        for there, states in before.items():
            world.oracle.told(there, user_id, None, later=True)
            for old in filter(None, states):
                world.oracle.told_forgotten(user_id, old)


async def forget_by_voice(world: World) -> None:
    """Tell a language model to forget somebody, and say yes if it is they."""
    if (found := world.somebody()) is None:
        return
    _, _, shown = found
    world.ask(f"say: forget {shown.name!r}", nothing)
    asked = await world.say("delete_person", name=shown.name)
    if asked is None or said(asked["would_delete"]["name"]) != said(shown.name):
        # Somebody whose id is this name: they were not meant.
        return
    user_id = asked["would_delete"]["user_id"]

    def allows(module: str, at: str, state: State) -> Collection[State]:
        same = said(shown.name) in map(said, world.oracle.names(module, at))
        return (None,) if same and at == user_id else ()

    there = ids_of(world, shown.name).get(user_id, {})
    world.ask(f"yes: forget {shown.name!r}, {user_id}", allows)
    answer = await world.say("delete_person", name=shown.name, confirm=asked["confirm"])
    world.oracle.look()
    if answer is None:
        return
    for at, standing in there.items():
        # Where it could not be done at once it is done later.
        world.oracle.told(at, user_id, None, later=True)
        world.oracle.told_forgotten(user_id, standing)


async def clear(world: World) -> None:
    """Empty a module."""
    (at,) = world.random.sample(world.near, 1)

    def allows(module: str, user_id: str, state: State) -> Collection[State]:
        return (None,) if module == at else ()

    ask = world.ask(f"clear {at}", allows)
    (device,) = world.devices([at])
    answer = await world.action("clear_users", device_id=device, confirm=True)
    if answer is not None:
        world.oracle.over(ask, at)


async def another_tool(world: World) -> None:
    """Let somebody be enrolled on one module past Home Assistant, perhaps in place."""
    human = world.random.choice(world.people)
    at = world.random.choice(sorted(world.modules))
    # Of firmware that shows no pictures nobody knows that somebody else is there now.
    there = [] if world.modules[at].quirks.no_register_img else world.modules[at].users
    user_id = world.random.choice((*TYPED, *there))
    if user_id in world.modules[at].users and user_id not in there:
        return
    new = Standing(human.face, composed(called(world, human)))
    old = world.oracle.seen[at].get(user_id)
    if world.oracle.is_in_limbo(at, user_id) or (
        old and plain(new.name) in world.oracle.names(at, user_id)
    ):
        # Nobody could tell that it is not the same person.
        return
    ask = world.ask(
        f"another tool puts {new} on {at} as {user_id}",
        lambda module, where, state: (new,) if (module, where) == (at, user_id) else (),
        outside=True,
    )
    world.modules[at].add_user(user_id, new.name, human.photos[0])
    world.oracle.not_owed(at, user_id)
    world.oracle.over(ask, *world.modules)
