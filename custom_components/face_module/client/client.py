"""All calls of the module's API document, typed."""

import base64
from collections.abc import Mapping
import logging
from typing import Any, Final

import aiohttp

from . import calls
from .exceptions import (
    FaceModuleAuthError,
    FaceModuleProtocolError,
    FaceModuleRefusedError,
    FaceModuleUnchangedError,
)
from .fields import is_blank, to_id, to_int, to_score, to_serial, to_text
from .models import (
    DEFAULT_PORT,
    USER_LIST_MAX,
    CallbackKind,
    Candidate,
    FaceBox,
    LivenessType,
    QualityControl,
    Record,
    SystemConfig,
    User,
    WorkField,
)
from .transport import Transport

_LOGGER = logging.getLogger(__name__)

_CALLBACKS: Final = {
    CallbackKind.RECOGNITION: calls.SET_RECOGNITION_CALLBACK,
    CallbackKind.HEARTBEAT: calls.SET_HEARTBEAT_CALLBACK,
    CallbackKind.STATUS: calls.SET_STATUS_CALLBACK,
}


def _image(jpeg: bytes) -> dict[str, str]:
    return {
        "image_content": base64.b64encode(jpeg).decode("ascii"),
        "image_type": "image",
    }


class FaceModuleClient:
    """One face recognition module.

    Requests go out one at a time. Every method raises the errors of
    `transport.Transport.call`; further ones are named where they occur. Pictures are
    JPEG, at most 1080 x 1080 pixels.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        password: str,
        port: int = DEFAULT_PORT,
    ) -> None:
        """Prepare for `host` (address or name, without scheme) and `port`."""
        self._transport = Transport(session, host, password, port)
        self._call = self._transport.call
        # What SetMultiFaceDetectEnable is on this firmware, once that is known.
        self._multiface: calls.Call | None = None
        self._warned: set[tuple[str, str]] = set()

    def __repr__(self) -> str:
        """Name the module, never its password."""
        return f"<{type(self).__name__} {self.host}:{self.port}>"

    @property
    def host(self) -> str:
        """Address or name of the module."""
        return self._transport.host

    @property
    def port(self) -> int:
        """TCP port of the module."""
        return self._transport.port

    def _warn_unread(self, call: calls.Call, name: str) -> None:
        """Say once that a field makes no sense, and never what it holds."""
        if (call.name, name) not in self._warned:
            self._warned.add((call.name, name))
            _LOGGER.warning(
                "%s answered %s in a way that is not understood (said once)",
                call.name,
                name,
            )

    @property
    def only_identify(self) -> bool:
        """Whether it is only asked who is there: it was another module.

        Every call but GetDeviceID raises FaceModuleOtherError then.
        """
        return self._transport.only_identify

    @only_identify.setter
    def only_identify(self, only: bool) -> None:
        self._transport.only_identify = only

    # DeviceManage

    async def set_password(self, new_password: str) -> None:
        """Change the password (exactly 6 letters or digits) and use it from now on.

        SetPassWord.
        """
        await self._call(calls.SET_PASSWORD, {"new_password": new_password})
        self._transport.use_password(new_password)

    async def get_device_id(self) -> str:
        """Return the factory serial in its normal form. GetDeviceID."""
        answer = await self._call(calls.GET_DEVICE_ID)
        serial = to_serial(answer.get("deviceSN"))
        if serial is None:
            raise FaceModuleProtocolError("GetDeviceID answered no deviceSN")
        return serial

    async def set_time(self, timestamp: int) -> None:
        """Set the clock to Unix seconds; it takes effect at once. SetTime."""
        await self._call(calls.SET_TIME, {"timestamp": timestamp})

    async def restart(self) -> None:
        """Restart about 5 s after the answer. Restart."""
        await self._call(calls.RESTART)

    async def restore(self) -> None:
        """Return to factory settings (address too), keeping faces and records. Restore.

        In force after the restart that follows about 5 s after the answer.
        """
        await self._call(calls.RESTORE)

    async def set_network(self, device_ip: str, netmask: str, gateway: str) -> None:
        """Move to another IPv4 address 5 s after the answer. SetWiredNetwork."""
        fields = {"device_ip": device_ip, "netmask": netmask, "gateway": gateway}
        await self._call(calls.SET_WIRED_NETWORK, fields)

    async def set_callback(
        self, kind: CallbackKind, url: str, *, interval: int | None = None
    ) -> None:
        """Set the address of one callback; an empty one turns it off.

        `interval` is the heartbeat's, in seconds (at least 1), and only for it.
        SetRecognitionCallback, SetDeviceHeartBeatCallback, SetPipelineStatusCallback.
        """
        fields: dict[str, Any] = {"callback_url": url}
        if kind is CallbackKind.HEARTBEAT:
            fields["interval_time"] = interval or 1
        await self._call(_CALLBACKS[kind], fields)

    async def get_software_version(self) -> str:
        """Return the firmware version, e.g. `V0.6.35-2824deb-commit!`. GetSoftVersion."""
        answer = await self._call(calls.GET_SOFT_VERSION)
        return to_text(answer.get("sw_version")) or ""

    async def set_rgb_led(self, *, on: bool) -> None:
        """Switch the white fill light; it cannot be read back. SetRGBLED."""
        await self._call(calls.SET_RGB_LED, {"brightness": int(on)})

    async def set_ir_led(self, *, on: bool) -> None:
        """Switch the infrared fill light; it cannot be read back. SetIRLED."""
        await self._call(calls.SET_IR_LED, {"brightness": int(on)})

    async def request_recognition(self) -> None:
        """Ask for one result; it arrives at the recognition callback, if one is set.

        SetCallbackRequest.
        """
        await self._call(calls.SET_CALLBACK_REQUEST)

    async def get_config(self) -> SystemConfig:
        """Return the settings. GetSysConfig."""
        return SystemConfig.from_payload(await self._call(calls.GET_SYS_CONFIG))

    # UserManage

    async def add_user(
        self,
        user_id: str,
        name: str,
        jpeg: bytes,
        quality: QualityControl = QualityControl.NONE,
    ) -> FaceBox | None:
        """Enroll a person and return where the face was found, if it was said. AddUser."""
        answer = await self._call(
            calls.ADD_USER,
            {
                "user_id": user_id,
                "user_info": {"name": name},
                "quality_control": quality,
                **_image(jpeg),
            },
        )
        return FaceBox.from_payload(answer.get("position"))

    async def delete_user(self, user_id: str) -> None:
        """Remove a person with picture and feature. DeleteUser."""
        await self._call(calls.DELETE_USER, {"user_id": user_id})

    async def get_user(self, user_id: str) -> User:
        """Return a person; the id is the one asked for, never an echo. GetUserInfo."""
        answer = await self._call(calls.GET_USER_INFO, {"user_id": user_id})
        user = User.from_payload(user_id, answer)
        for name in user.unread:
            self._warn_unread(calls.GET_USER_INFO, name)
        return user

    async def find_user(self, user_id: str) -> User | None:
        """Return a person, None when the module does not know them. GetUserInfo."""
        try:
            return await self.get_user(user_id)
        except FaceModuleAuthError:
            raise
        except FaceModuleRefusedError:
            return None

    async def list_users(
        self, start: int = 0, length: int = USER_LIST_MAX
    ) -> tuple[str, ...]:
        """Return at most `length` (up to 1000) user ids from `start` on. GetUserList."""
        fields = {"start": start, "length": min(length, USER_LIST_MAX)}
        answer = await self._call(calls.GET_USER_LIST, fields)
        ids = answer.get("user_id_list")
        return tuple(filter(None, map(to_id, ids if isinstance(ids, list) else [])))

    async def delete_all_users(self) -> None:
        """Remove everybody. DeleteAllUser."""
        await self._call(calls.DELETE_ALL_USER)

    async def count_users(self) -> int:
        """Return how many people are enrolled. GetUserNumber."""
        answer = await self._call(calls.GET_USER_NUMBER)
        # The document's example says `number`, its table `numer`.
        number = to_int(answer.get("number"))
        if number is None:
            number = to_int(answer.get("numer"))
        if number is None or number < 0:
            raise FaceModuleProtocolError("GetUserNumber answered no number")
        return number

    # RecognitionManage

    async def get_feature(
        self, jpeg: bytes, quality: QualityControl = QualityControl.NONE
    ) -> str:
        """Return the feature of a face, base64 in one line. GetFeature."""
        fields = {"quality_control": quality, **_image(jpeg)}
        answer = await self._call(calls.GET_FEATURE, fields)
        feature = answer.get("feature")
        if not isinstance(feature, str) or is_blank(feature):
            raise FaceModuleProtocolError("GetFeature answered no feature")
        return "".join(feature.split())

    async def match(
        self,
        jpeg_1: bytes,
        jpeg_2: bytes,
        quality: QualityControl = QualityControl.NONE,
    ) -> float:
        """Return how alike two faces are, 0-1. Match."""
        answer = await self._call(
            calls.MATCH,
            {
                "image1": _image(jpeg_1),
                "image2": _image(jpeg_2),
                # The table lists it here too, the example does not.
                "image_type": "image",
                "quality_control": quality,
            },
        )
        if (score := to_score(answer.get("score"))) is None:
            raise FaceModuleProtocolError("Match answered no score")
        return score

    async def identify(
        self, jpeg: bytes, quality: QualityControl = QualityControl.NONE
    ) -> tuple[Candidate, ...]:
        """Return who this may be, best first; today at most one. Identify."""
        fields = {"quality_control": quality, **_image(jpeg)}
        return Candidate.list_from_payload(await self._call(calls.IDENTIFY, fields))

    async def set_liveness_type(self, liveness_type: LivenessType) -> None:
        """Choose the liveness models. SetLivenessType."""
        await self._call(calls.SET_LIVENESS_TYPE, {"liveness_type": liveness_type})

    async def set_liveness_threshold(self, threshold: int) -> None:
        """Set the threshold, 0-100. SetLivenessThreshold."""
        await self._call(calls.SET_LIVENESS_THRESHOLD, {"liveness_threshold": threshold})

    async def set_multiface_detection(self, *, on: bool) -> SystemConfig:
        """Show all faces (at most 10) or the largest only; returns the settings after.

        The document's table says 2985, its example 2949: each is tried, the settings
        are read back, and what worked is remembered. Raises FaceModuleUnchangedError
        when both were accepted without effect. SetMultiFaceDetectEnable.
        """
        refusal: FaceModuleRefusedError | None = None
        known = (calls.SET_MULTIFACE, calls.SET_MULTIFACE_EXAMPLE)
        for call in (self._multiface,) if self._multiface else known:
            fields: Mapping[str, int] = {"multiface_detection_enable": int(on)}
            try:
                await self._call(call, fields)
            except FaceModuleRefusedError as err:
                refusal = err
                continue
            config = await self.get_config()
            if config.multiface_detection is on:
                self._multiface = call
                return config
        self._multiface = None
        raise refusal or FaceModuleUnchangedError(calls.SET_MULTIFACE.name)

    async def set_min_face_size(self, pixels: int) -> None:
        """Set the smallest face that is recognized, 100-719. SetRecognitionMinSize."""
        await self._call(calls.SET_MIN_SIZE, {"face_recognition_minsize": pixels})

    async def set_show_bbox(self, *, on: bool) -> None:
        """Draw face boxes into the UVC video stream. SetDetectionBBoxShow."""
        await self._call(calls.SET_BBOX_SHOW, {"show_bbox": int(on)})

    async def set_recognition_threshold(self, threshold: int) -> None:
        """Set the threshold, 0-100. SetRecognitionThreshold."""
        fields = {"recognition_threshold": threshold}
        await self._call(calls.SET_RECOGNITION_THRESHOLD, fields)

    async def set_quality_control(
        self, quality: QualityControl, work_field: WorkField
    ) -> None:
        """Set how good pictures must be, and where; always together. SetQualityControl."""
        fields = {"quality_control": quality, "work_field": work_field}
        await self._call(calls.SET_QUALITY_CONTROL, fields)

    # RecordManage

    async def search_records(self, user_id: str) -> tuple[Record, ...]:
        """Return all recognitions of a person from live video. SearchRecords."""
        answer = await self._call(calls.SEARCH_RECORDS, {"user_id": user_id})
        return Record.list_from_payload(answer)

    async def delete_records(self, user_id: str) -> None:
        """Delete all recognitions of a person. DeleteRecords."""
        await self._call(calls.DELETE_RECORDS, {"user_id": user_id})

    async def delete_all_records(self) -> None:
        """Delete all recognitions. DeleteALLRecords."""
        await self._call(calls.DELETE_ALL_RECORDS)
