"""Somebody walks past the camera: what the module sees, decides and reports."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache
import io
from random import Random

from PIL import Image, ImageEnhance

from .faces import Face, best_match, find_faces
from .parts import Module
from .portraits import portrait
from .state import Config, Record, User

_RECOGNITION = (0, 2)  # values of work_field under which live faces are controlled
_LAG = (0.3, 1.0)  # seconds by which a liveness model may lag behind
_PHOTOS = 24  # photos of one person that come up by chance


@dataclass(frozen=True, slots=True)
class Passing:
    """Somebody in front of the camera; what is None is made up believably."""

    user_id: str | None = None
    picture: bytes | None = None
    score: float | None = None
    rgb_liveness: float | None = None
    nir_liveness: float | None = None
    mask: float | None = None
    dms_type: str | None = None


@dataclass(frozen=True, slots=True)
class _Liveness:
    """What the models say of one face, 0-1."""

    rgb: float
    nir: float


class Camera:
    """Looks at who passes; the pipeline's results and recognitions come from here."""

    def __init__(self, module: Module, random: Random) -> None:
        self._module = module
        self._random = random
        self._recognized: str | None = None

    async def watch(self, passing: Passing, *, still_there: bool) -> Record | None:
        """Let somebody pass, or stay in front; return the record made.

        Somebody who is still there and was recognized is not recognized again (3.1.7).
        """
        module, user_id = self._module, passing.user_id
        record = None
        if user_id is not None and module.in_front == self._recognized == user_id:
            await self._report(passing)
        else:
            record = await self._see(passing)
        module.in_front = user_id if still_there else None
        if not still_there:
            self._recognized = None
        elif record is not None:
            self._recognized = record.user_id
        return record

    async def _see(self, passing: Passing) -> Record | None:
        """Report the pipeline's results, then the recognition if there is one.

        Returns the record made, None for somebody not recognized: a stranger, a
        score under the threshold, a spoof, a face too small or too bad.
        """
        module = self._module
        liveness = await self._report(passing)
        picture = passing.picture
        if picture is None:
            user = module.users.get(passing.user_id or "")
            picture = await asyncio.to_thread(_live_picture, user, passing, self._random)
        user, score = await _identify(module, passing, picture)
        if not (_alive(module.config, liveness) or module.quirks.reports_spoofs):
            return None
        if user is None or score * 100 < module.config.recognition_threshold:
            if module.quirks.reports_strangers:
                await module.post_recognition("", "", score, picture)
            return None
        record = Record(user.user_id, user.name, score, module.now())
        module.records.append(record)
        module.changed()
        await module.post_recognition(user.user_id, user.name, score, picture)
        return record

    async def _report(self, passing: Passing) -> _Liveness:
        """Take over what the pipeline sees, and post it; return what is alive in it."""

        def score(given: float | None, low: float, high: float) -> float:
            return self._random.uniform(low, high) if given is None else given

        liveness = _Liveness(
            score(passing.rgb_liveness, 0.93, 0.995),
            score(passing.nir_liveness, 0.94, 0.998),
        )
        status = self._module.status
        status.mask_score = score(passing.mask, 0.01, 0.09)
        status.dms_type = passing.dms_type or "normal"
        if self._module.quirks.liveness_lags:
            self._module.judging = True
            delay = self._random.uniform(*_LAG)
            self._module.soon(lambda: self._catch_up(liveness), delay)
        else:
            self._take(liveness)
        await self._module.send_status()
        return liveness

    def _take(self, liveness: _Liveness) -> None:
        status = self._module.status
        status.rgb_liveness_score, status.nir_liveness_score = liveness.rgb, liveness.nir

    async def _catch_up(self, liveness: _Liveness) -> None:
        """Report what the liveness models have found out by now."""
        self._module.judging = False
        self._take(liveness)
        await self._module.send_status()


def _live_picture(user: User | None, passing: Passing, random: Random) -> bytes:
    """Return a video frame of the user, or of a stranger of that name."""
    if user is not None:
        return _varied(user.picture, random.randrange(_PHOTOS))
    name = passing.user_id or f"stranger {random.randrange(1000)}"
    return portrait(name, variation=random.randrange(1, _PHOTOS))


@lru_cache(maxsize=64)
def _varied(picture: bytes, variation: int) -> bytes:
    """Return the picture in slightly other light and position."""
    random = Random(variation)  # noqa: S311  # not a secret
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    width, height = image.size
    x, y = random.randint(0, width // 60), random.randint(0, height // 60)
    image = image.crop((x, y, width - width // 60 + x, height - height // 60 + y))
    image = ImageEnhance.Brightness(image).enhance(random.uniform(0.9, 1.08))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=random.randint(70, 90))
    return buffer.getvalue()


async def _identify(
    module: Module, passing: Passing, picture: bytes
) -> tuple[User | None, float]:
    """Return who it is and how surely; a given score is believed."""
    claimed = module.users.get(passing.user_id or "")
    if passing.score is not None and (claimed or passing.picture is None):
        return claimed, passing.score
    face = await _usable_face(module, picture)
    if face is None:
        return None, 0.0
    candidates = [(user.user_id, user.feature) for user in module.users.values()]
    found = await asyncio.to_thread(best_match, face.feature, candidates)
    if found is None:
        return None, 0.0
    score = found[1] if passing.score is None else passing.score
    return module.users.get(found[0]), score


async def _usable_face(module: Module, picture: bytes) -> Face | None:
    """Return the largest face if it is large and good enough to be recognized."""
    try:
        faces = await asyncio.to_thread(find_faces, picture)
    except OSError:
        return None
    config = module.config
    level = config.quality_control if config.work_field in _RECOGNITION else "NONE"
    fit = (
        face
        for face in faces[:1]
        if face.size > config.face_recognition_minsize and face.good_enough(level)
    )
    return next(fit, None)


def _alive(config: Config, liveness: _Liveness) -> bool:
    """Tell whether every liveness model that runs says it is a live face."""
    rgb_runs, nir_runs = config.liveness_runs
    rgb = not rgb_runs or liveness.rgb * 100 >= config.liveness_threshold
    nir = not nir_runs or liveness.nir * 100 >= config.liveness_threshold
    return rgb and nir
