"""Forgetting visits, and everything about somebody: also at a module that is not set up."""

from collections.abc import Collection
from functools import partial

from .book import VisitBook
from .history import VisitHistory
from .presence import Presence
from .rows import Oblivion
from .search import Doomed, Known, doomed, people
from .seen import SeenPeople


class Forgetting:
    """What is deleted at one module while its entry is loaded."""

    def __init__(
        self,
        book: VisitBook,
        entry_id: str,
        history: VisitHistory,
        *,
        seen: SeenPeople,
        presence: Presence,
    ) -> None:
        """Forget in the book, and in whatever knows somebody besides."""
        self._book = book
        self._entry_id = entry_id
        self._history = history
        self._seen = seen
        self._presence = presence

    async def async_delete(
        self, visit_ids: Collection[str], user_ids: Collection[str]
    ) -> int:
        """Delete visits, and everything about some people (an empty id: strangers).

        Of the whole book. Returns how many visits are gone.
        """
        ask = partial(
            doomed,
            entry_id=self._entry_id,
            visit_ids=visit_ids,
            user_ids=user_ids,
        )
        gone = await self._book.async_run(ask, Doomed())
        self._presence.async_leave(user_ids)
        await self._seen.async_forget(user_ids, gone.user_ids)
        for user_id in user_ids:
            self._history.async_forget(user_id)
        # Strangers are more than their visits: those who are ignored have none.
        forgotten = gone.user_ids - gone.left - {""} | set(user_ids)
        await self._history.async_delete(visit_ids, forgotten)
        return len(gone.visit_ids)

    async def async_forget(self, user_id: str, name: str | None) -> int:
        """Delete all visits of somebody, with a name only those under it; return how many.

        Whoever else has the id under another name is left alone.
        """
        known = [one for one in await self.async_people() if one.user_id == user_id]
        names = {one.name for one in known} | {self._seen.names.get(user_id, name)}
        if name is None or names == {name}:
            return await self.async_delete((), [user_id])
        count = sum(one.visits for one in known if one.name == name)
        await self._seen.async_forget((), [user_id] if count else ())
        self._history.async_forget(user_id, name)
        await self._history.async_flush()
        return count

    async def async_delete_all(self) -> int:
        """Delete everything that was remembered; return how many visits are gone."""
        known = await self.async_people()
        user_ids = {"", *(one.user_id for one in known), *self._seen.names}
        self._presence.async_leave()
        await self._seen.async_forget_all()
        await self._history.async_clear(user_ids)
        return sum(one.visits for one in known)

    async def async_people(self) -> list[Known]:
        """Return everybody of whom the book has visits."""
        mine = [self._entry_id]
        return await self._book.async_run(partial(people, entry_ids=mine), list[Known]())


async def async_forget_away(
    book: VisitBook, entry_id: str, user_id: str, name: str | None
) -> int:
    """Delete all visits of somebody, with a name only those under it; return how many.

    Nothing of it comes back from the module's records once it is set up.
    """
    found = await book.async_run(partial(people, entry_ids=[entry_id]), list[Known]())
    known = [one for one in found if one.user_id == user_id and name in (None, one.name)]
    seen = SeenPeople(book, entry_id)
    await seen.async_load()
    key = (entry_id, user_id, *(() if name is None else (name,)))
    book.async_write(Oblivion("visits", key, erase=True))
    await seen.async_forget([user_id] if name is None else [], [user_id] if known else [])
    return sum(one.visits for one in known)
