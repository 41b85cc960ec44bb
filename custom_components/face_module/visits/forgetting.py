"""Forgetting somebody at a module that is not set up: what it left in the book."""

from functools import partial

from .book import VisitBook
from .database import Oblivion
from .search import Known, people
from .seen import SeenPeople


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
