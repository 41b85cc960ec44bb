"""What administrators decide about a stranger: who it is, that it is one with another."""

from ..errors import invalid
from ..people.changing import People
from ..people.roster import Roster
from ..visits.merge import FaceModuleVisits
from .known import KnownStrangers


async def async_name(
    roster: Roster,
    people: People,
    known: KnownStrangers,
    visits: FaceModuleVisits,
    *,
    stranger_id: str,
    user_id: str,
) -> int:
    """Say who a stranger is: their visits were this person's; return how many.

    Raises ServiceValidationError for a stranger or a person neither the roster nor the
    module knows of, and FaceModuleError. GetUserInfo.
    """
    known.demand(stranger_id)
    if not roster.of_id(user_id) and await people.async_name_of(user_id) is None:
        raise invalid("person_unknown", user_id=user_id)
    known.demand(stranger_id)
    # First, so that no visit of theirs comes after those that are found.
    known.async_forget(stranger_id)
    found = await visits.history.async_of_stranger(stranger_id)
    visits.history.async_change(found, wrong=user_id)
    await visits.history.async_flush()
    return len(found)


async def async_merge(
    known: KnownStrangers, visits: FaceModuleVisits, stranger_id: str, other_id: str
) -> None:
    """Let a stranger be another one, too. Raises ServiceValidationError."""
    one, other = known.demand(stranger_id), known.demand(other_id)
    if one is other:
        raise invalid("stranger_same")
    known.async_merge(one, other)
    found = await visits.history.async_of_stranger(other_id)
    visits.history.async_change(found, stranger_id=stranger_id)
    await visits.history.async_flush()


async def async_forget(
    known: KnownStrangers, visits: FaceModuleVisits, stranger_id: str
) -> int:
    """Leave nothing of a stranger: no picture, no visit; return how many visits.

    Raises ServiceValidationError.
    """
    known.demand(stranger_id)
    known.async_forget(stranger_id)
    found = await visits.history.async_of_stranger(stranger_id)
    await visits.forgetting.async_delete([visit.visit_id for visit in found], ())
    return len(found)
