"""The 33 calls: which exist, and what each does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.parts import Module

from . import device, people, recognition, records

type Answer = dict[str, Any]
type Handler = Callable[[Module, Mapping[str, Any]], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the document's name and what carries it out.

    The handler returns the answer's fields besides `RequestValue` and
    `ret_code`, and raises `RefusedError`.
    """

    name: str
    handler: Handler


CALLS: dict[str, dict[int, Call]] = {
    "DeviceManage": {
        2817: Call("SetPassWord", device.set_password),
        2818: Call("GetDeviceID", device.get_device_id),
        2819: Call("SetTime", device.set_time),
        2820: Call("Restart", device.restart),
        2821: Call("Restore", device.restore),
        2822: Call("SetWiredNetwork", device.set_wired_network),
        2828: Call("SetRecognitionCallback", device.set_recognition_callback),
        2829: Call("SetDeviceHeartBeatCallback", device.set_heartbeat_callback),
        2830: Call("SetPipelineStatusCallback", device.set_status_callback),
        2831: Call("GetSoftVersion", device.get_soft_version),
        2945: Call("SetRGBLED", device.set_rgb_led),
        2946: Call("SetIRLED", device.set_ir_led),
        2948: Call("SetCallbackRequest", device.set_callback_request),
        2949: Call("GetSysConfig", device.get_sys_config),
    },
    "UserManage": {
        2817: Call("AddUser", people.add_user),
        2819: Call("DeleteUser", people.delete_user),
        2822: Call("GetUserInfo", people.get_user_info),
        2824: Call("GetUserList", people.get_user_list),
        2826: Call("DeleteAllUser", people.delete_all_user),
        2963: Call("GetUserNumber", people.get_user_number),
    },
    "RecognitionManage": {
        2817: Call("GetFeature", recognition.get_feature),
        2818: Call("Match", recognition.match),
        2819: Call("Identify", recognition.identify),
        2821: Call("SetLivenessType", recognition.set_liveness_type),
        2961: Call("SetLivenessThreshold", recognition.set_liveness_threshold),
        2985: Call("SetMultiFaceDetectEnable", recognition.set_multiface),
        2950: Call("SetRecognitionMinSize", recognition.set_min_size),
        2951: Call("SetDetectionBBoxShow", recognition.set_bbox_show),
        2960: Call("SetRecognitionThreshold", recognition.set_recognition_threshold),
        2822: Call("SetQualityControl", recognition.set_quality_control),
    },
    "RecordManage": {
        2817: Call("SearchRecords", records.search_records),
        2818: Call("DeleteRecords", records.delete_records),
        2819: Call("DeleteALLRecords", records.delete_all_records),
    },
}

_MULTIFACE_OF_THE_EXAMPLE = Call("SetMultiFaceDetectEnable", recognition.set_multiface_2949)


def find_call(resource: str, value: object) -> Call | None:
    """Return the call behind a `RequestValue`, None where there is none.

    2949 on /RecognitionManage is in one example only (3.3.6): a module of the
    tables refuses it, which its handler does.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    if (resource, value) == ("RecognitionManage", 2949):
        return _MULTIFACE_OF_THE_EXAMPLE
    return CALLS[resource].get(value)
