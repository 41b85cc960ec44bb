"""The calls of /RecordManage (chapter 4)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import fields

if TYPE_CHECKING:
    from .module import SimulatedModule

type Answer = dict[str, Any]
type Body = Mapping[str, Any]


async def search_records(module: SimulatedModule, body: Body) -> Answer:
    """2817: all records of one user, also of one who is not enrolled any more."""
    user_id = fields.text(body, "user_id", empty=False)
    found = [
        {
            "name": record.name,
            "score": record.score,
            "timestamp": record.timestamp,
            "uuid": record.name if module.quirks.records_uuid_is_name else record.user_id,
        }
        for record in module.records
        if record.user_id == user_id
    ]
    return {
        "log": "Got matched recognition records successfully",
        "records_list": found,
        "records_num": len(found),
        "user_id": user_id,
    }


async def delete_records(module: SimulatedModule, body: Body) -> Answer:
    """2818: all records of one user; having none is no failure."""
    user_id = fields.text(body, "user_id", empty=False)
    module.records[:] = [record for record in module.records if record.user_id != user_id]
    echo = user_id.capitalize() if module.quirks.records_uuid_is_name else user_id
    return {
        "log": "Successfully deleted recognition records with matched user_id",
        "user_id": echo,
    }


async def delete_all_records(module: SimulatedModule, body: Body) -> Answer:
    """2819: all records."""
    module.records.clear()
    return {"log": "Successfully cleaned up records database"}
