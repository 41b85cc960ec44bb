"""The calls of /RecordManage (chapter 4)."""

from collections.abc import Mapping
from typing import Any

from simulator.parts import Module

from . import fields

type Answer = dict[str, Any]
type Body = Mapping[str, Any]


async def search_records(module: Module, body: Body) -> Answer:
    """2817: all records of one user, also of one who is not enrolled any more."""
    user_id = fields.text(body, "user_id", empty=False)
    records = [
        {
            "name": record.name,
            "score": record.score,
            "timestamp": record.timestamp,
            "uuid": record.user_id,
        }
        for record in module.records
        if record.user_id == user_id
    ]
    found = module.quirks.records(records)
    return {
        "log": "Got matched recognition records successfully",
        "records_list": found,
        "records_num": len(found),
        "user_id": user_id,
    }


async def delete_records(module: Module, body: Body) -> Answer:
    """2818: all records of one user; having none is no failure."""
    user_id = fields.text(body, "user_id", empty=False)
    module.records[:] = [record for record in module.records if record.user_id != user_id]
    return {
        "log": "Successfully deleted recognition records with matched user_id",
        "user_id": user_id,
    }


async def delete_all_records(module: Module, body: Body) -> Answer:
    """2819: all records."""
    module.records.clear()
    return {"log": "Successfully cleaned up records database"}
