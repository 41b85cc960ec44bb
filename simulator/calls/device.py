"""The calls of /DeviceManage (chapter 3.1)."""

from collections.abc import Mapping
from dataclasses import asdict
import re
import time
from typing import Any

from simulator.parts import Module
from simulator.state import SOFTWARE_VERSION

from . import fields
from .fields import RefusedError

type Answer = dict[str, Any]
type Body = Mapping[str, Any]

_PASSWORD = re.compile(r"[A-Za-z0-9]{6}")


async def set_password(module: Module, body: Body) -> Answer:
    """2817: the new password has exactly six letters or digits."""
    password = fields.text(body, "new_password")
    if not _PASSWORD.fullmatch(password):
        raise RefusedError("new_password must be 6 letters or digits")
    module.password = password
    return {"log": "set password successfully"}


async def get_device_id(module: Module, body: Body) -> Answer:
    """2818: the factory serial number."""
    return {"deviceSN": module.serial, "log": "got deviceID successfully"}


async def set_time(module: Module, body: Body) -> Answer:
    """2819: Unix seconds, in force at once."""
    timestamp = fields.integer(body, "timestamp", 0, fields.UINT64)
    module.clock_offset = timestamp - time.time()
    return {"log": "set time successfully"}


async def restart(module: Module, body: Body) -> Answer:
    """2820: answers, then restarts some seconds later."""
    module.restart_soon()
    return {"log": "To be restarted in 5 seconds..."}


async def restore(module: Module, body: Body) -> Answer:
    """2821: factory values after the restart that follows."""
    module.restore_soon()
    return {"log": "Restored device setting successfully"}


async def set_wired_network(module: Module, body: Body) -> Answer:
    """2822: a new address, in force some seconds after the answer."""
    module.move_soon(
        fields.ipv4(body, "device_ip"),
        fields.ipv4(body, "gateway"),
        fields.netmask(body, "netmask"),
    )
    return {"log": "set ethernet successfully"}


async def set_recognition_callback(module: Module, body: Body) -> Answer:
    """2828: where recognitions go."""
    module.config.recognition_cb_url = _callback_url(module, body)
    return {"log": "set recognition callback url successfully"}


async def set_heartbeat_callback(module: Module, body: Body) -> Answer:
    """2829: where heartbeats go, and how often."""
    url = _callback_url(module, body)
    interval = fields.integer(body, "interval_time", 1, fields.UINT32)
    module.config.heartbeat_cb_url = url
    module.config.interval_time = interval
    module.heartbeat_changed()
    return {"log": "set heartbeat callback url successfully"}


async def set_status_callback(module: Module, body: Body) -> Answer:
    """2830: where the results of the pipeline go."""
    module.config.status_cb_url = _callback_url(module, body)
    return {"log": "set pipeline status callback url successfully"}


async def get_soft_version(module: Module, body: Body) -> Answer:
    """2831: the firmware's version."""
    return {
        "log": "Got firmware version successfully",
        "sw_version": SOFTWARE_VERSION,
    }


async def set_rgb_led(module: Module, body: Body) -> Answer:
    """2945: 0 is off, anything else fully on."""
    module.rgb_led = fields.integer(body, "brightness", 0, fields.UINT8)
    return {
        "brightness": module.rgb_led,
        "log": "set RGB led brightness successfully",
    }


async def set_ir_led(module: Module, body: Body) -> Answer:
    """2946: as 2945, for the infrared light."""
    module.ir_led = fields.integer(body, "brightness", 0, fields.UINT8)
    return {"brightness": module.ir_led, "log": "set IR led brightness successfully"}


async def set_callback_request(module: Module, body: Body) -> Answer:
    """2948: one recognition is sent, if anybody is there and an address is set."""
    module.recognize_soon()
    return {"log": "Sent oneshot callback request successfully"}


async def get_sys_config(module: Module, body: Body) -> Answer:
    """2949: every setting."""
    settings = module.quirks.config(asdict(module.config))
    return settings | {"log": "got system config successfully"}


def _callback_url(module: Module, body: Body) -> str:
    return module.quirks.address(fields.text(body, "callback_url"))
