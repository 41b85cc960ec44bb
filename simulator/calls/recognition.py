"""The calls of /RecognitionManage (chapter 3.3)."""

import asyncio
import base64
from collections.abc import Mapping
from typing import Any

from simulator.faces import Face, best_match, find_faces, similarity
from simulator.parts import Module

from . import fields
from .fields import RefusedError

type Answer = dict[str, Any]
type Body = Mapping[str, Any]

MAX_PERCENT = 100


async def get_feature(module: Module, body: Body) -> Answer:
    """2817: the largest face's feature, base64."""
    face = await _largest_face(body, fields.quality(body))
    feature = base64.b64encode(face.feature).decode()
    return {"feature": feature, "log": "Got feature successfully"}


async def match(module: Module, body: Body) -> Answer:
    """2818: how alike two pictures are; `image_type` may be above them too."""
    if "image_type" in body:
        fields.choice(body, "image_type", ("image",))
    level = fields.quality(body)
    one = await _largest_face(fields.mapping(body, "image1"), level)
    two = await _largest_face(fields.mapping(body, "image2"), level)
    return {
        "log": "Face comparison succeeded",
        "score": similarity(one.feature, two.feature),
    }


async def identify(module: Module, body: Body) -> Answer:
    """2819: the most similar user, however little alike; none if there is none."""
    face = await _largest_face(body, fields.quality(body))
    candidates = [(user.user_id, user.feature) for user in module.users.values()]
    found = await asyncio.to_thread(best_match, face.feature, candidates)
    users = []
    if found is not None and (user := module.users.get(found[0])) is not None:
        users.append(
            {
                "score": found[1],
                "user_id": user.user_id,
                "user_info": {"name": user.name},
            }
        )
    return {"log": "1:N Identification succeeded", "user_list": users}


async def set_liveness_type(module: Module, body: Body) -> Answer:
    """2821: 0 off, 1 RGB, 2 NIR, 3 both."""
    value = fields.integer(body, "liveness_type", 0, 3)
    module.config.liveness_type = value
    return {"liveness_type": value, "log": "set liveness type successfully"}


async def set_liveness_threshold(module: Module, body: Body) -> Answer:
    """2961: 0-100."""
    value = fields.integer(body, "liveness_threshold", 0, MAX_PERCENT)
    module.config.liveness_threshold = value
    return {
        "liveness_threshold": value,
        "log": "set liveness threshold successfully",
    }


async def set_multiface(module: Module, body: Body) -> Answer:
    """2985, as the table has it."""
    value = fields.integer(body, "multiface_detection_enable", 0, 1)
    if not module.quirks.multiface_2985_ignored:
        module.config.multiface_detection_enable = value
    return {"log": "set multi face detection enabled successfully"}


async def set_multiface_2949(module: Module, body: Body) -> Answer:
    """2949, as the example has it; unknown to a module of the tables."""
    quirks = module.quirks
    if not (quirks.multiface_by_2949 or quirks.multiface_2985_ignored):
        raise RefusedError("unknown RequestValue")
    module.config.multiface_detection_enable = fields.integer(
        body, "multiface_detection_enable", 0, 1
    )
    return {"log": "set multi face detection enabled successfully"}


async def set_min_size(module: Module, body: Body) -> Answer:
    """2950: pixels, 100 <= x < 720."""
    value = fields.integer(body, "face_recognition_minsize", 100, 719)
    module.config.face_recognition_minsize = value
    return {
        "face_recognition_minsize": value,
        "log": "set face recognition min size successfully",
    }


async def set_bbox_show(module: Module, body: Body) -> Answer:
    """2951: boxes in the video stream."""
    module.config.show_bbox = fields.integer(body, "show_bbox", 0, 1)
    verb = "enabled" if module.config.show_bbox else "disabled"
    return {"log": f"{verb} face bounding box "}


async def set_recognition_threshold(module: Module, body: Body) -> Answer:
    """2960: 0-100."""
    value = fields.integer(body, "recognition_threshold", 0, MAX_PERCENT)
    module.config.recognition_threshold = value
    return {
        "log": "set recognition threshold successfully",
        "recognition_threshold": value,
    }


async def set_quality_control(module: Module, body: Body) -> Answer:
    """2822: always both, the field of work and the level."""
    work_field = fields.integer(body, "work_field", 0, 2)
    level = fields.quality(body)
    module.config.work_field = work_field
    module.config.quality_control = level
    return {
        "log": "set quality successfully",
        "quality_control": level,
        "work_field": work_field,
    }


async def _largest_face(body: Body, level: str) -> Face:
    picture = fields.picture(body)
    try:
        faces = await asyncio.to_thread(find_faces, picture)
    except OSError:
        raise RefusedError("image_content is not a JPEG picture") from None
    if not faces:
        raise RefusedError("no face detected")
    if not faces[0].good_enough(level):
        raise RefusedError(f"image quality is too low for {level}")
    return faces[0]
