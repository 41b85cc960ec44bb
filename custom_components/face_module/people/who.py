"""Who is meant by what a module tells: a user id and a name together."""

from collections.abc import Mapping
from operator import attrgetter
from typing import Final

from .identity import find, is_rest, is_same_name, may_be
from .person import RosterPerson

_KEY: Final = attrgetter("key")


class WhoIsWho:
    """People by their keys and by the user ids that several may share."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._people: dict[str, RosterPerson] = {}
        # Those who share a user id, by their keys in order.
        self._of_id: dict[str, tuple[RosterPerson, ...]] = {}
        self._with_device: set[str] = set()

    @property
    def people(self) -> Mapping[str, RosterPerson]:
        """Everybody, by key."""
        return self._people

    @property
    def with_device(self) -> list[RosterPerson]:
        """Everybody who has a device in Home Assistant; each device once."""
        found: dict[str | None, RosterPerson] = {}
        for person in (self._people[key] for key in sorted(self._with_device)):
            # Whoever is about to become one with somebody has the same for a moment.
            found.setdefault(person.device, person)
        return list(found.values())

    def get(self, key: str) -> RosterPerson | None:
        """Return somebody by their key."""
        return self._people.get(key)

    def of_id(self, user_id: str) -> list[RosterPerson]:
        """Return everybody who has a user id."""
        return list(self._of_id.get(user_id, ()))

    def who(self, entry_id: str, user_id: str, told: str) -> RosterPerson | None:
        """Return whom a module means by a user id and a name; without one it is the id."""
        people = self.of_id(user_id)
        known = find(people, entry_id, told)
        return known or (None if told else find(people, entry_id, user_id))

    def name_of(self, entry_id: str, user_id: str, told: str) -> str:
        """Return the whole name of whom a module means, as far as it is known."""
        known = self.who(entry_id, user_id, told)
        return known.name if known else told

    def called(self, user_id: str, name: str) -> RosterPerson | None:
        """Return who has a user id and a name."""
        return find(self.of_id(user_id), "", name)

    def known_as(
        self, entry_id: str, user_id: str, name: str, picture: str
    ) -> RosterPerson | None:
        """Return who is on a module with a picture (its digest), whatever their name.

        Another name for the very picture that the module had, or showed, is another name,
        not another person.
        """
        people = self.of_id(user_id)
        if (known := find(people, entry_id, name)) is not None:
            return known
        for person in people:
            had = person.picture, *person.modules.get(entry_id, "").split(":")
            if entry_id in person.names and picture in had:
                return person
        return None

    def whole_name(self, user_id: str, told: str) -> str:
        """Return the whole name of whom any module means by a user id and a name."""
        by_told = (p for p in self.of_id(user_id) if told in p.names.values())
        known = self.called(user_id, told) or next(by_told, None)
        return known.name if known else told

    def is_one(self, entry_id: str, user_id: str, told: str, name: str) -> bool:
        """Say whether a module means somebody of the name `name` by what it told.

        Whom the roster does not know there is who is called so on another module.
        """
        known = self.who(entry_id, user_id, told)
        whole = known.name if known else self.whole_name(user_id, told)
        return is_same_name(told or user_id, name) or is_same_name(whole, name)

    def seen_as(
        self, entry_id: str, user_id: str, said: str
    ) -> tuple[RosterPerson | None, float]:
        """Return who came, None if that is not known, and the score (%) they need.

        A name that is cut or missing may be that of several people: nobody is taken for
        one of them, and the highest minimum counts. A beginning of a name is that of who is
        known to be on the module; for all that nobody knows where, their minimum counts.
        """
        here = self._here(entry_id, user_id, said)
        maybe = here or self.possible(entry_id, user_id, said)
        minimum = max((p.minimum_score or 0.0 for p in maybe), default=0.0)
        return here[0] if len(here) == 1 else None, minimum

    def is_cut(self, entry_id: str, user_id: str, said: str) -> bool:
        """Say whether a name is a beginning of that of somebody on the module."""
        return any(
            entry_id in p.names and is_rest(said, p.name) for p in self.of_id(user_id)
        )

    def possible(self, entry_id: str, user_id: str, said: str) -> list[RosterPerson]:
        """Return everybody whom a module may mean; nobody: somebody else came.

        All of them have to be allowed what one of them is to be allowed. A beginning of a
        name is that of whoever another module calls so, or who may be anywhere.
        """
        return self._here(entry_id, user_id, said) or [
            p
            for p in self.of_id(user_id)
            if is_rest(said, p.name) and (not p.names or said in p.names.values())
        ]

    def may_be_renamed(self, entry_id: str, user_id: str, said: str) -> list[RosterPerson]:
        """Return who may have come when nobody has the name that a module said.

        Whom it has under that id, as far as is known: another name is being written, or
        somebody else wrote it. And whose name may be known only in part.
        """
        return [
            p
            for p in self.of_id(user_id)
            if entry_id in p.names or (is_rest(p.name, said) and not p.names)
        ]

    def _here(self, entry_id: str, user_id: str, said: str) -> list[RosterPerson]:
        """Return whom a module may mean of those who are known to be there, or may be."""
        people = self.of_id(user_id)
        if (known := find(people, entry_id, said)) is not None:
            return [known]
        return [p for p in people if may_be(said, p.name)] or [
            p for p in people if is_rest(said, p.name) and entry_id in p.names
        ]

    def _keep(self, person: RosterPerson) -> None:
        before = self._people.get(person.key)
        if before is not None and before.user_id != person.user_id:
            self._let_go(before)
        self._people[person.key] = person
        if person.device is not None:
            self._with_device.add(person.key)
        else:
            self._with_device.discard(person.key)
        shared = sorted([*self._others(person), person], key=_KEY)
        self._of_id[person.user_id] = tuple(shared)

    def _let_go(self, person: RosterPerson) -> None:
        self._with_device.discard(person.key)
        if others := self._others(person):
            self._of_id[person.user_id] = tuple(others)
        else:
            del self._of_id[person.user_id]

    def _others(self, person: RosterPerson) -> list[RosterPerson]:
        """Return who else has the user id of somebody."""
        return [one for one in self.of_id(person.user_id) if one.key != person.key]
