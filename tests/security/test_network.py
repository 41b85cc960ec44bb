"""Nothing leaves the house, and the simulator lets nobody in."""

import ast
import asyncio
import json
from pathlib import Path
import re
import sys

import pytest

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from simulator.__main__ import _parser
from simulator.control import Control
from tests.test_architecture import FILES, INTEGRATION, OURS, ROOT, imports

TRANSPORT = f"custom_components.{DOMAIN}.client.transport"
# What could connect to somewhere.
_NETWORK = {
    *("socket", "ssl", "urllib.request", "http.client", "requests", "httpx"),
    *("smtplib", "ftplib", "telnetlib", "xmlrpc", "websockets", "subprocess"),
    *("homeassistant.helpers.httpx_client",),
}
_CONNECTS = {
    *("post", "get", "put", "patch", "delete", "request", "ws_connect", "connect"),
    *("create_connection", "open_connection", "create_datagram_endpoint", "sendto"),
}


def test_only_one_place_sends_anything() -> None:
    # It asks the operating system for a route, and sends nothing.
    using = {name for name in INTEGRATION if imports(name) & _NETWORK}
    assert using == {f"custom_components.{DOMAIN}.callbacks.addresses"}
    sessions = [
        name
        for name in INTEGRATION
        if "_session" in FILES[name].read_text() and name != TRANSPORT
    ]
    # They only hand it on.
    for name in sessions:
        for node in ast.walk(ast.parse(FILES[name].read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                held = ast.unparse(node.func.value)
                assert not (held.endswith("session") and node.func.attr in _CONNECTS), name
    assert TRANSPORT in FILES


def test_the_integration_installs_nothing() -> None:
    manifest = json.loads((OURS / "manifest.json").read_text())
    assert manifest["requirements"] == []


@pytest.mark.parametrize(
    "path",
    sorted((OURS / "www").rglob("*.js")),
    ids=lambda path: str(path.relative_to(OURS / "www")),
)
def test_the_cards_load_nothing_from_elsewhere(path: Path) -> None:
    source = re.sub(
        r"/\*.*?\*/|^\s*//.*$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE
    )
    named = set(re.findall(r"https?://[^\s\"'`)]+", source))
    # Names of XML, and where the documentation is: a link to click on.
    allowed = ("http://www.w3.org/", "https://github.com/face-module/")
    assert {url for url in named if not url.startswith(allowed)} == set()
    for call in ("eval(", "new Function(", "document.write", "innerHTML =", "outerHTML ="):
        # The library itself; that our cards escape names is tested in a browser.
        assert call not in source or path.name == "lit.js"


async def test_the_simulator_listens_on_this_machine_only() -> None:
    assert _parser().parse_args([]).host == "127.0.0.1"
    async with SimulatedModule() as module:
        control = Control(module, 0)
        await control.start()
        try:
            assert module.host == "127.0.0.1"
            # Another address of this machine is another door.
            for port in (module.port, control.port):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                with pytest.raises(OSError, match=r"refused|Connect call failed"):
                    await asyncio.open_connection("127.0.0.2", port)
        finally:
            await control.stop()


async def test_started_by_hand_it_listens_on_this_machine_only() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulator", "--port", "0", "--control-port", "0"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
        hosts = re.findall(r"http://([\d.]+):\d+", line)
        assert hosts == ["127.0.0.1", "127.0.0.1"]
    finally:
        process.terminate()
        await process.wait()
