"""What must be so after each operation, judged by what the modules themselves have.

Nothing here knows what Home Assistant believes. A change of what stands under a user id
must be one that somebody asked for. Who is missing in the middle of a change must come
back, who was to go must go and stay away, once the module could be asked in peace.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from .identities import Standing, Standings, plain

# What becomes of whoever stands under a user id of a module; nobody is None.
type State = Standing | None
type Allows = Callable[[str, str, State], Collection[State]]

_NEVER: Final = frozenset[State]()


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody asked for: what may become of whoever stands somewhere.

    `allows` is given the module, the user id and who stands there. With `changes` it is the
    same person afterwards, whatever they are called then and whichever picture they have.
    """

    words: str
    allows: Allows
    number: int
    changes: bool = False


@dataclass(slots=True)
class _Slot:
    """A user id of a module, and what is not settled about it."""

    # Who must come back: removed in the middle of a change, and how they may then be.
    limbo: set[Standing] = field(default_factory=set)
    # What was told to be so, and may wait for the module: these and what is asked later.
    owed: tuple[frozenset[State], int] | None = None
    # What waits since then may be of another name here: it becomes one with what is told
    # to wait later, and both are shown as one change.
    waits_since: int | None = None
    # What was asked before this was answered is over.
    settled: int = 0
    # When Home Assistant wrote it last.
    given_at: int = -1
    # Who was removed as somebody asked.
    removed: set[Standing] = field(default_factory=set)
    # The names under which they are the same person as on other modules: what they are
    # called there, and were, when somebody gave them another name on one of them only.
    names: set[str] = field(default_factory=set)


class Oracle:
    """Follows what stands on the modules, and says what nobody asked for."""

    def __init__(self, modules: Collection[str], look: Callable[[str], Standings]) -> None:
        self._look = look
        self.seen: dict[str, Standings] = {name: look(name) for name in modules}
        self._open: dict[str, list[Ask]] = {name: [] for name in modules}
        self._slots: dict[tuple[str, str], _Slot] = defaultdict(_Slot)
        # Ids and faces that were to be gone from everywhere.
        self.forgotten: set[tuple[str, Standing]] = set()
        self.known: dict[str, set[Standing]] = defaultdict(set)
        # What Home Assistant enrolled, by user id: names (`plain`) of who may be somewhere.
        self._given: dict[str, set[str]] = defaultdict(set)
        # Pairs of names (`plain`) of one person, by user id.
        self._renamed: dict[str, set[frozenset[str]]] = defaultdict(set)
        self._history: dict[str, list[str]] = defaultdict(list)
        self.kinds: Counter[str] = Counter()
        # How often it was shown that a module refuses what waits for it.
        self.refused = 0
        self.said: list[str] = []
        self.number, self.words = 0, ""
        self._outside = False
        for name, standings in self.seen.items():
            for user_id, one in standings.items():
                self._slots[name, user_id].names = {plain(one.name)}
        self._remember()

    def ask(
        self, words: str, allows: Allows, *, changes: bool = False, outside: bool = False
    ) -> Ask:
        """Note what is asked for now; `outside` Home Assistant, which does not know."""
        self._outside = outside
        self.number, self.words = self.number + 1, words
        made = Ask(words, allows, self.number, changes)
        for asks in self._open.values():
            asks.append(made)
        return made

    def over(self, ask: Ask, *modules: str) -> None:
        """Note that nothing more will come of what was asked for."""
        self.look()
        for name in modules:
            if ask in self._open[name]:
                self._open[name].remove(ask)

    def told(
        self,
        module: str,
        user_id: str,
        *states: State,
        later: bool = False,
        meanwhile: Collection[State] = (),
    ) -> None:
        """Note that it was told to be so; `later`: once the module can be reached.

        As long as something told before still waits, it may be as it is `meanwhile`.
        """
        # What became of it is judged by all that was asked for, also what waited.
        self.look()
        if not states:
            return
        slot = self._slots[module, user_id]
        line = f"#{self.number} {module}: {_words(states)} told, {later=}; {self.words}"
        self._history[user_id].append(line)
        if later:
            since = self.number if slot.waits_since is None else slot.waits_since - 1
            slot.owed = (frozenset(states), since)
            self.known[user_id].update(filter(None, states))
            return
        now = self._look(module).get(user_id)
        waits = slot.owed is not None and now not in states and now in meanwhile
        slot.settled = self.number
        slot.owed = (frozenset(states), self.number) if waits else None
        if now is not None and slot.given_at == self.number:
            self._given[user_id].add(plain(now.name))
        if now is not None and now in states:
            # Whoever is told to be there was asked for again, also where what waited, to
            # forget them, was done by the same request and nobody saw them gone.
            self.forgotten.discard((user_id, now))
        if now not in states and not waits:
            kind = "not gone" if states == (None,) else "told, not done"
            self._say(
                kind, module, user_id, f"{_words(states)} told, but {now} stands there"
            )

    def told_to_wait(self, module: str, user_id: str) -> None:
        """Note that a change waits for a module, for whoever it means there."""
        slot = self._slots[module, user_id]
        if slot.waits_since is None:
            slot.waits_since = self.number

    def told_forgotten(self, user_id: str, standing: Standing) -> None:
        """Note that somebody was to be gone from everywhere, the list of people too."""
        self.forgotten.add((user_id, standing))

    def wrong(self, kind: str, words: str) -> None:
        """Note what is wrong besides."""
        self.kinds[kind] += 1
        self.said.append(f"{kind}: {words}; #{self.number} {self.words}")

    def names(self, module: str, user_id: str) -> frozenset[str]:
        """Return the names (`plain`) of whoever has an id, as far as they are known."""
        slot = self._slots.get((module, user_id))
        return frozenset(slot.names) if slot else frozenset()

    def expected(self, module: str, user_id: str) -> frozenset[State]:
        """Return who is to have an id: by what is told, or half done, else who has it."""
        slot = self._slots.get((module, user_id), _Slot())
        if slot.owed is not None:
            return slot.owed[0]
        states: set[State] = {*slot.limbo} or {self.seen[module].get(user_id)}
        return frozenset(states)

    def is_owed_gone(self, module: str, user_id: str) -> bool:
        """Whether somebody is to be gone once their module can be reached."""
        return self.expected(module, user_id) == {None}

    def is_in_limbo(self, module: str, user_id: str) -> bool:
        """Whether somebody is yet to come back under an id."""
        return bool(self._slots[module, user_id].limbo)

    def not_owed(self, module: str, user_id: str) -> None:
        """Note that what was told is not about whoever has an id from now on."""
        self._slots[module, user_id].owed = None

    def is_listed(self, module: str, user_id: str) -> bool:
        """Whether whoever has an id is in Home Assistant's list for sure."""
        return bool(self._given.get(user_id, set()) & self.names(module, user_id))

    def may_be_anywhere(self, user_id: str) -> set[Standing]:
        """Return who may be in Home Assistant's list under an id.

        With the face that they have on one module, and a name that they have on another.
        """
        known = {
            one
            for one in self.known.get(user_id, ())
            if (user_id, one) not in self.forgotten
        }
        return {
            Standing(one.face, other.name)
            for one in known
            for other in known
            if plain(one.name) in self._alike(user_id, plain(other.name))
        }

    def _alike(self, user_id: str, name: str) -> set[str]:
        """Return the names (`plain`) that the same person had, has or is to get."""
        found, todo = {name}, [name]
        while todo:
            last = todo.pop()
            for pair in self._renamed[user_id]:
                if last in pair:
                    todo += pair - found
                    found |= pair
        return found

    def look(self) -> None:
        """Judge what changed since the last look."""
        now = {name: self._look(name) for name in self.seen}
        for name, standings in now.items():
            waiting = {
                id_ for (at, id_), slot in self._slots.items() if at == name and slot.limbo
            }
            for user_id in sorted({*self.seen[name], *standings, *waiting}):
                self._judge(name, user_id, standings.get(user_id))
        self.seen = now
        self._remember()

    def rest(self, module: str, waiting: Mapping[str, str | None]) -> None:
        """Judge a module that was polled in peace: nothing of it is under way any more.

        `waiting` is what is shown of changes that are not done: why, by user id.
        """
        self.look()
        for (at, user_id), slot in list(self._slots.items()):
            if at != module:
                continue
            now = self.seen[module].get(user_id)
            if slot.limbo:
                self._say("lost", module, user_id, f"{_words(slot.limbo)} is not back")
                slot.limbo = set()
            if slot.owed is not None and waiting.get(user_id) is not None:
                self.refused += 1
            elif slot.owed is not None:
                states, number = slot.owed
                if now not in self._reach(module, user_id, states, number + 1):
                    kind = "not gone" if states == {None} else "told, not done"
                    shown = "waiting" if user_id in waiting else "not waiting"
                    told = f"{_words(states)} owed since #{number}, but {now}, {shown}"
                    self._say(kind, module, user_id, told)
                slot.owed = None
            if user_id not in waiting:
                slot.waits_since = None
        # What is shown to wait for somebody may be done as long as it is shown, and given
        # up there: whoever asked for it sees it.
        self._open[module] = [
            replace(ask, allows=partial(_only_for, {*waiting}, ask.allows))
            for ask in self._open[module]
            if waiting
        ]

    def _remember(self) -> None:
        for standings in self.seen.values():
            for user_id, one in standings.items():
                self.known[user_id].add(one)
        there = {user_id for standings in self.seen.values() for user_id in standings}
        there |= {user_id for (_, user_id), slot in self._slots.items() if slot.limbo}
        for user_id in self._given.keys() - there:
            del self._given[user_id]

    def _judge(self, module: str, user_id: str, new: State) -> None:
        slot, old = self._slots[module, user_id], self.seen[module].get(user_id)
        if new == old and not slot.limbo:
            return
        if new != old:
            line = f"#{self.number} {module}: {old} became {new}; {self.words}"
            self._history[user_id].append(line)
        begin: set[State] = {*slot.limbo} or {old}
        reach = self._reach(module, user_id, begin, slot.settled)
        if new is not None and new in reach:
            # As asked, or back as it was promised.
            self._overtaken(module, user_id, new)
            slot.limbo = set()
            self._name(module, user_id, old, new)
            if old is not None:
                slot.removed.add(old)
            self.forgotten.discard((user_id, new))
            if not self._outside:
                slot.given_at = self.number
        elif new is None and None in reach:
            self._overtaken(module, user_id, new)
            slot.limbo, slot.names = set(), set()
            slot.removed |= {one for one in begin if one is not None}
        elif new is None and (slot.limbo or self._is_replaced(module, user_id, reach)):
            # In the middle of a change: removed, and not there yet.
            slot.limbo = {one for one in reach if one is not None}
        else:
            slot.limbo = set()
            self._name(module, user_id, None, new)
            self._say(
                _kind(slot, begin, new), module, user_id, f"{_words(begin)} became {new}"
            )

    def _overtaken(self, module: str, user_id: str, new: State) -> None:
        """Let what waits go where something else was asked for since, and is done."""
        slot = self._slots[module, user_id]
        if slot.owed is not None and new not in slot.owed[0]:
            states, number = slot.owed
            slot.owed = None
            if new not in self._reach(module, user_id, states, number + 1):
                slot.owed = states, number

    def _name(self, module: str, user_id: str, old: State, new: State) -> None:
        """Note who it is that stands there now."""
        slot = self._slots[module, user_id]
        others = [
            other
            for (at, id_), other in self._slots.items()
            if id_ == user_id and at != module and other.names
        ]
        name = plain(new.name) if new else ""
        stays = (
            old is None
            or (new is not None and old.face == new.face)
            or name in slot.names
            or any(
                ask.changes and new in ask.allows(module, user_id, old)
                for ask in self._open[module]
            )
        )
        if new is not None and slot.names and stays:
            # The same person, under another name perhaps: elsewhere it is they as well.
            self._renamed[user_id] |= {frozenset({name, one}) for one in slot.names}
            for other in others:
                if other.names & slot.names:
                    other.names.add(name)
            slot.names.add(name)
            return
        slot.names = {name} if new else set()
        for other in others:
            if name in other.names:
                slot.names |= other.names

    def _is_replaced(self, module: str, user_id: str, states: Iterable[State]) -> bool:
        """Say whether somebody is to be there instead, perhaps the same person again."""
        slot = self._slots[module, user_id]
        return any(
            new is not None
            for ask in self._open[module]
            if ask.number >= slot.settled
            for state in states
            if state is not None
            for new in ask.allows(module, user_id, state)
        )

    def _reach(
        self, module: str, user_id: str, begin: Iterable[State], since: int
    ) -> set[State]:
        """Return all that may have become of a slot by what was asked, in any order."""
        found = set(begin)
        # What was told may come true at any time.
        if (owed := self._slots[module, user_id].owed) is not None:
            found |= owed[0]
        asks = [ask for ask in self._open[module] if ask.number >= since]
        todo = list(found)
        while todo:
            state = todo.pop()
            for ask in asks:
                new = set(ask.allows(module, user_id, state)) - found
                found |= new
                todo += new
        return found

    def _say(self, kind: str, module: str, user_id: str, words: str) -> None:
        self.wrong(kind, f"{module}/{user_id}: {words}")
        self.said += [f"  before: {line}" for line in self._history[user_id][-5:]]


def _kind(slot: _Slot, begin: Collection[State], new: State) -> str:
    """Return what it is called."""
    (old, *_) = begin
    if new is None:
        return "lost"
    if old is None:
        return "back" if new in slot.removed else "from nowhere"
    return "overwritten" if new.face != old.face else "renamed"


def _words(states: Iterable[State]) -> str:
    return " or ".join(sorted(map(str, states)))


def _only_for(
    user_ids: Collection[str], allows: Allows, module: str, user_id: str, state: State
) -> Collection[State]:
    """Allow what is asked for these."""
    return allows(module, user_id, state) if user_id in user_ids else _NEVER


def nothing(_module: str, _user_id: str, _state: State) -> frozenset[State]:
    """Allow nothing."""
    return _NEVER
