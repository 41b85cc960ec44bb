"""The 33 calls of the module's API: resource, RequestValue and how each may be sent.

The same RequestValue means different things on different resources, so a call is always
named by both. Names are those of the API document.
"""

from typing import Final, NamedTuple

DEVICE: Final = "DeviceManage"
USER: Final = "UserManage"
RECOGNITION: Final = "RecognitionManage"
RECORD: Final = "RecordManage"


class Call(NamedTuple):
    """One call of the document.

    `write`: it changes the module; a refusal may then be about the spelling of `pass`.
    `repeatable`: sending it twice has the effect of sending it once.
    `picture`: it carries pictures, so the module may take 30 s instead of 10 s.
    """

    name: str
    resource: str
    value: int
    write: bool = True
    repeatable: bool = True
    picture: bool = False


def _read(name: str, resource: str, value: int, *, picture: bool = False) -> Call:
    return Call(name=name, resource=resource, value=value, write=False, picture=picture)


def _set(name: str, resource: str, value: int) -> Call:
    return Call(name=name, resource=resource, value=value)


def _once(name: str, resource: str, value: int, *, picture: bool = False) -> Call:
    return Call(
        name=name, resource=resource, value=value, repeatable=False, picture=picture
    )


SET_PASSWORD: Final = _once("SetPassWord", DEVICE, 2817)
GET_DEVICE_ID: Final = _read("GetDeviceID", DEVICE, 2818)
SET_TIME: Final = _set("SetTime", DEVICE, 2819)
RESTART: Final = _once("Restart", DEVICE, 2820)
RESTORE: Final = _once("Restore", DEVICE, 2821)
SET_WIRED_NETWORK: Final = _once("SetWiredNetwork", DEVICE, 2822)
SET_RECOGNITION_CALLBACK: Final = _set("SetRecognitionCallback", DEVICE, 2828)
SET_HEARTBEAT_CALLBACK: Final = _set("SetDeviceHeartBeatCallback", DEVICE, 2829)
SET_STATUS_CALLBACK: Final = _set("SetPipelineStatusCallback", DEVICE, 2830)
GET_SOFT_VERSION: Final = _read("GetSoftVersion", DEVICE, 2831)
SET_RGB_LED: Final = _set("SetRGBLED", DEVICE, 2945)
SET_IR_LED: Final = _set("SetIRLED", DEVICE, 2946)
SET_CALLBACK_REQUEST: Final = _once("SetCallbackRequest", DEVICE, 2948)
GET_SYS_CONFIG: Final = _read("GetSysConfig", DEVICE, 2949)

ADD_USER: Final = _once("AddUser", USER, 2817, picture=True)
DELETE_USER: Final = _once("DeleteUser", USER, 2819)
GET_USER_INFO: Final = _read("GetUserInfo", USER, 2822, picture=True)
GET_USER_LIST: Final = _read("GetUserList", USER, 2824)
DELETE_ALL_USER: Final = _set("DeleteAllUser", USER, 2826)
GET_USER_NUMBER: Final = _read("GetUserNumber", USER, 2963)

GET_FEATURE: Final = _read("GetFeature", RECOGNITION, 2817, picture=True)
MATCH: Final = _read("Match", RECOGNITION, 2818, picture=True)
IDENTIFY: Final = _read("Identify", RECOGNITION, 2819, picture=True)
SET_LIVENESS_TYPE: Final = _set("SetLivenessType", RECOGNITION, 2821)
SET_QUALITY_CONTROL: Final = _set("SetQualityControl", RECOGNITION, 2822)
SET_MIN_SIZE: Final = _set("SetRecognitionMinSize", RECOGNITION, 2950)
SET_BBOX_SHOW: Final = _set("SetDetectionBBoxShow", RECOGNITION, 2951)
SET_RECOGNITION_THRESHOLD: Final = _set("SetRecognitionThreshold", RECOGNITION, 2960)
SET_LIVENESS_THRESHOLD: Final = _set("SetLivenessThreshold", RECOGNITION, 2961)
SET_MULTIFACE: Final = _set("SetMultiFaceDetectEnable", RECOGNITION, 2985)
# What the document's example sends where its table says 2985; some firmware wants it.
SET_MULTIFACE_EXAMPLE: Final = _set("SetMultiFaceDetectEnable", RECOGNITION, 2949)

SEARCH_RECORDS: Final = _read("SearchRecords", RECORD, 2817)
DELETE_RECORDS: Final = _set("DeleteRecords", RECORD, 2818)
DELETE_ALL_RECORDS: Final = _set("DeleteALLRecords", RECORD, 2819)
