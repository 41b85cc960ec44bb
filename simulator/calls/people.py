"""The calls of /UserManage (chapter 3.2)."""

import asyncio
import base64
from collections.abc import Mapping
from itertools import islice
from typing import Any

from simulator.faces import Face, find_faces
from simulator.parts import Module
from simulator.state import QUALITY_LEVELS, User

from . import fields
from .fields import RefusedError

type Answer = dict[str, Any]
type Body = Mapping[str, Any]

MAX_LIST = 1000
_ENROLLMENT = (0, 1)  # values of work_field under which enrolling is controlled


async def add_user(module: Module, body: Body) -> Answer:
    """2817: one picture with exactly one face, under an id not yet taken."""
    user_id = fields.text(body, "user_id", empty=False)
    name = fields.text(fields.mapping(body, "user_info"), "name")
    picture = fields.picture(body)
    level = _stricter(fields.quality(body), module)
    _refuse_taken(module, user_id)
    face = await _only_face(picture, level)
    # The search took a while, in which somebody else may have taken the id.
    _refuse_taken(module, user_id)
    module.users[user_id] = User(user_id, name, picture, face.feature)
    left, top, right, bottom = face.box
    return {
        "device_id": module.serial,
        "log": "added user successfully",
        "position": {"point_1": f"({left},{top})", "point_2": f"({right},{bottom})"},
        "user_id": user_id,
    }


async def delete_user(module: Module, body: Body) -> Answer:
    """2819: the user with picture and feature; the records stay."""
    user = _known(module, body)
    del module.users[user.user_id]
    return {"log": "Deleted user successfully", "user_id": user.user_id}


async def get_user_info(module: Module, body: Body) -> Answer:
    """2822: the name and, as in the example, the enrolled picture."""
    user = _known(module, body)
    picture = await asyncio.to_thread(lambda: module.quirks.enrolled(user.picture))
    return {
        "log": "Got user information successfully",
        "user_id": user.user_id,
        "user_info": {"name": user.name},
        "register_img": base64.b64encode(picture).decode(),
    }


async def get_user_list(module: Module, body: Body) -> Answer:
    """2824: at most 1000 ids from `start` on, in the order of enrollment."""
    start = fields.integer(body, "start", 0, fields.UINT32, default=0)
    length = fields.integer(body, "length", 0, MAX_LIST, default=MAX_LIST)
    return {
        "log": "Got User List successfully",
        "user_id_list": list(islice(module.users, start, start + length)),
    }


async def delete_all_user(module: Module, body: Body) -> Answer:
    """2826: everybody."""
    module.users.clear()
    return {"log": "Successfully cleaned up user face database"}


async def get_user_number(module: Module, body: Body) -> Answer:
    """2963: `number`, as in the example."""
    return {
        "log": "Successfully got database user number",
        "number": len(module.users),
    }


def _known(module: Module, body: Body) -> User:
    user = module.users.get(fields.text(body, "user_id", empty=False))
    if user is None:
        raise RefusedError("user_id does not exist")
    return user


def _refuse_taken(module: Module, user_id: str) -> None:
    if user_id in module.users:
        raise RefusedError("user_id already exists")


def _stricter(level: str, module: Module) -> str:
    """Return the request's level, or the configured one where it asks for more."""
    if module.config.work_field not in _ENROLLMENT:
        return level
    return max(level, module.config.quality_control, key=QUALITY_LEVELS.index)


async def _only_face(picture: bytes, level: str) -> Face:
    try:
        faces = await asyncio.to_thread(find_faces, picture)
    except OSError:
        raise RefusedError("image_content is not a JPEG picture") from None
    if not faces:
        raise RefusedError("no face detected")
    if len(faces) > 1:
        raise RefusedError("more than one face detected")
    if not faces[0].good_enough(level):
        raise RefusedError(f"image quality is too low for {level}")
    return faces[0]
