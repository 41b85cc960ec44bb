"""The module's HTTP API as an async library: POST JSON, password in every body.

Imports nothing of Home Assistant; the aiohttp session is injected and stays the
caller's. `client.py` has the calls, `callbacks.py` the bodies the module posts to us.
"""

from .callbacks import (
    Callback,
    DmsType,
    Heartbeat,
    PipelineStatus,
    Recognition,
    parse_callback,
)
from .client import FaceModuleClient
from .exceptions import (
    FaceModuleAddressError,
    FaceModuleAuthError,
    FaceModuleCallbackError,
    FaceModuleConnectionError,
    FaceModuleError,
    FaceModuleOtherError,
    FaceModuleProtocolError,
    FaceModuleRefusedError,
    FaceModuleResponseError,
    FaceModuleTimeoutError,
    FaceModuleUnchangedError,
    FaceModuleUnreachableError,
)
from .fields import same_serial, to_serial
from .models import (
    DEFAULT_PORT,
    FACTORY_HOST,
    FACTORY_PASSWORD,
    MAX_FACE_SIZE,
    MIN_FACE_SIZE,
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

__all__ = [
    "DEFAULT_PORT",
    "FACTORY_HOST",
    "FACTORY_PASSWORD",
    "MAX_FACE_SIZE",
    "MIN_FACE_SIZE",
    "USER_LIST_MAX",
    "Callback",
    "CallbackKind",
    "Candidate",
    "DmsType",
    "FaceBox",
    "FaceModuleAddressError",
    "FaceModuleAuthError",
    "FaceModuleCallbackError",
    "FaceModuleClient",
    "FaceModuleConnectionError",
    "FaceModuleError",
    "FaceModuleOtherError",
    "FaceModuleProtocolError",
    "FaceModuleRefusedError",
    "FaceModuleResponseError",
    "FaceModuleTimeoutError",
    "FaceModuleUnchangedError",
    "FaceModuleUnreachableError",
    "Heartbeat",
    "LivenessType",
    "PipelineStatus",
    "QualityControl",
    "Recognition",
    "Record",
    "SystemConfig",
    "User",
    "WorkField",
    "parse_callback",
    "same_serial",
    "to_serial",
]
