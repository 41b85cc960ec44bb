"""What a module says of the face in a picture, before anything is written."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from homeassistant.exceptions import HomeAssistantError

from ..client import (
    Candidate,
    FaceModuleAuthError,
    FaceModuleRefusedError,
    QualityControl,
    WorkField,
)
from ..device.coordinator import FaceModuleCoordinator
from ..errors import invalid
from .enrollment import Enrollment

# Two people look alike from here on (%), where the module does not say what it takes.
_ALIKE = 80.0
_LEVELS = list(QualityControl)


class Faces:
    """The faces that one module is shown."""

    def __init__(self, coordinator: FaceModuleCoordinator) -> None:
        """Ask the module of `coordinator`."""
        self._coordinator = coordinator
        self._client = coordinator.client

    async def async_identify(
        self, jpeg: bytes, quality: QualityControl = QualityControl.NONE
    ) -> tuple[Candidate | None, bool]:
        """Return who a face is most like, and whether that is enough to be them.

        Raises FaceModuleError, and ServiceValidationError for a picture without a face
        that can be used. Identify.
        """
        try:
            candidates = await self._client.identify(jpeg, quality)
        except FaceModuleAuthError:
            raise
        except FaceModuleRefusedError as err:
            if await self.async_has_face(jpeg, quality):
                # It finds the face, but nobody who looks like it.
                return None, False
            raise await self._async_refusal(err, quality, jpeg) from err
        best = candidates[0] if candidates else None
        return best, best is not None and best.score * 100 >= self.alike

    async def async_check(self, wanted: Enrollment) -> None:
        """Refuse what has no usable face, and who looks like somebody else.

        Raises ServiceValidationError and FaceModuleError. Identify.
        """
        quality = self.demanded(wanted.quality)
        found, alike = await self.async_identify(wanted.jpeg, quality)
        if (
            found is not None
            and alike
            and found.user_id != wanted.user_id
            and not wanted.allow_duplicate_face
        ):
            raise invalid(
                "looks_like",
                name=found.name or found.user_id,
                score=f"{found.score * 100:.0f}",
            )

    def demanded(self, quality: QualityControl) -> QualityControl:
        """Return how good a picture must be: as is asked, or as the module enrolls."""
        config = self._coordinator.data.config
        asked = config.quality_control
        if asked is None or config.work_field is WorkField.RECOGNITION:
            return quality
        return max(asked, quality, key=_LEVELS.index)

    async def async_takes(self, jpeg: bytes) -> bool:
        """Say whether the module would enroll somebody with a picture.

        Raises FaceModuleError. GetFeature.
        """
        return await self.async_has_face(jpeg, self.demanded(QualityControl.NONE))

    @asynccontextmanager
    async def explained(
        self, quality: QualityControl, *jpegs: bytes
    ) -> AsyncGenerator[None]:
        """Raise ServiceValidationError in words where the module refuses pictures.

        Raises FaceModuleError. GetFeature.
        """
        try:
            yield
        except FaceModuleAuthError:
            raise
        except FaceModuleRefusedError as err:
            raise await self._async_refusal(err, quality, *jpegs) from err

    async def _async_refusal(
        self, err: FaceModuleRefusedError, quality: QualityControl, *jpegs: bytes
    ) -> HomeAssistantError:
        """Return the error for refused pictures: one has no face, or they are too poor.

        Raises FaceModuleError. GetFeature.
        """
        for jpeg in jpegs:
            if not await self.async_has_face(jpeg, QualityControl.NONE):
                return invalid("no_face", log=err.log or "-")
        key = "no_face" if quality is QualityControl.NONE else "poor_picture"
        return invalid(key, log=err.log or "-")

    async def async_has_face(
        self, jpeg: bytes, quality: QualityControl = QualityControl.NONE
    ) -> bool:
        """Say whether there is a face in a picture. Raises FaceModuleError. GetFeature."""
        try:
            await self._client.get_feature(jpeg, quality)
        except FaceModuleAuthError:
            raise
        except FaceModuleRefusedError:
            return False
        return True

    @property
    def alike(self) -> float:
        """From which score on (%) two faces are the same person's."""
        threshold = self._coordinator.data.config.recognition_threshold
        return _ALIKE if threshold is None else float(threshold)
