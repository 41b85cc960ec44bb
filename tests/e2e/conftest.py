"""A real Home Assistant, a simulated module in this process, and a real browser."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from inspect import isawaitable
import json
from pathlib import Path
import sys
import time
from typing import Any

import aiohttp
from playwright.async_api import Locator, Page, async_playwright, expect
import pytest

from simulator import SimulatedModule

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from demo import free_port  # noqa: E402
from hass_api import (  # noqa: E402
    BROWSER_OPTIONS,
    DemoError,
    Hass,
    browser_path,
    prepare_config,
    start_hass,
    stop,
)

RESULTS = ROOT / "test-results"
PASSWORD = "abc123"
# The oldest and the newest release that are supported.
LINES = (".venv", ".venv-current")
# Five seconds are no time on a machine that has much else to do.
expect.set_options(timeout=30_000)
both_lines = pytest.mark.parametrize("line", LINES, indirect=True)


class RealHass:
    """A Home Assistant process that can be restarted."""

    def __init__(
        self, config: Path, port: int, session: aiohttp.ClientSession, line: str
    ) -> None:
        self.config, self.port, self.session = config, port, session
        self.api = Hass(f"http://127.0.0.1:{port}", session)
        self.python = ROOT / line / "bin" / "python"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self._process = await start_hass(self.config, self.port, self.python)
        await self.api.wait_until_up(self._process)

    async def kill(self) -> None:
        """End it as a power failure would."""
        await self.api.close()
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """Stop it as an administrator would."""
        await self.api.close()
        await stop(self._process)


@pytest.fixture
async def module() -> AsyncGenerator[SimulatedModule]:
    """A module that sends its callbacks on its own."""
    async with SimulatedModule(
        password=PASSWORD, automatic=True, restart_delay=0.1, boot_time=0.1
    ) as simulated:
        simulated.add_user("anna", "Anna")
        simulated.add_user("chenwei", "陈伟")
        yield simulated


@pytest.fixture
def line(request: pytest.FixtureRequest) -> str:
    """The environment of the release of Home Assistant: the newest but for `both_lines`."""
    return str(getattr(request, "param", LINES[-1]))


@pytest.fixture
def configuration() -> str:
    """What a file of tests needs in the configuration besides."""
    return ""


@pytest.fixture
async def real_hass(
    tmp_path: Path, line: str, configuration: str
) -> AsyncGenerator[RealHass]:
    """Home Assistant, onboarded, without the module."""
    prepare_config(tmp_path / "config")
    with (tmp_path / "config" / "configuration.yaml").open("a") as file:
        file.write(configuration)
    async with aiohttp.ClientSession() as session:
        running = RealHass(tmp_path / "config", free_port(), session, line)
        await running.start()
        try:
            await running.api.onboard()
            await running.api.connect()
            yield running
        finally:
            await running.stop()


@pytest.fixture
async def page(real_hass: RealHass) -> AsyncGenerator[Page]:
    """A browser window, logged in."""
    RESULTS.mkdir(exist_ok=True)
    try:
        path = browser_path()
    except DemoError as err:
        pytest.fail(str(err))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=BROWSER_OPTIONS
        )
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        tokens = {**real_hass.api.tokens, "expires": 2_000_000_000_000}
        await context.add_init_script(
            f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
        )
        window = await context.new_page()
        yield window
        await browser.close()


def dashboard(entities: dict[str, str]) -> dict[str, Any]:
    """Return a dashboard of Home Assistant's own cards that shows the module."""

    def card(title: str, *keys: str) -> dict[str, Any]:
        return {"type": "entities", "title": title, "entities": [row(k) for k in keys]}

    def row(key: str) -> dict[str, Any]:
        # There is one module only: its name would fill the cards.
        return {"entity": entities[key], "name": {"type": "entity"}}

    def tile(key: str) -> dict[str, Any]:
        return {"type": "tile", **row(key)}

    def section(title: str, *cards: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "grid",
            "cards": [{"type": "heading", "heading": title}, *cards],
        }

    event = entities["recognition"]
    who = ("last_person", "person_present", "recognition", "spoof_suspected")
    seen = ("dms_type", "distracted", "mask_worn", "enrolled_users")
    module = ("connected", "cpu_temperature")
    scores = ("rgb_liveness_score", "nir_liveness_score", "mask_score")
    return {
        "views": [
            {
                "title": "Face module",
                "type": "sections",
                "sections": [
                    section(
                        "Who comes",
                        {
                            "type": "picture-entity",
                            "entity": entities["last_face"],
                            "show_name": False,
                            "show_state": False,
                            "aspect_ratio": "4:3",
                            "fit_mode": "contain",
                        },
                        *(tile(key) for key in who),
                        {
                            "type": "button",
                            "entity": entities["request_recognition"],
                            "name": "Who is there?",
                            "show_state": False,
                        },
                        {
                            "type": "logbook",
                            "target": {
                                "entity_id": [
                                    entities["recognition"],
                                    entities["last_person"],
                                ]
                            },
                        },
                    ),
                    section(
                        "What it sees",
                        *(tile(key) for key in seen),
                        {
                            "type": "history-graph",
                            "title": "Scores",
                            "hours_to_show": 1,
                            "entities": [row(key) for key in scores],
                        },
                        *(tile(key) for key in module),
                    ),
                    section(
                        "Settings",
                        card(
                            "Lights and video",
                            "rgb_led",
                            "ir_led",
                            "show_bbox",
                            "multiface_detection",
                        ),
                        card(
                            "Recognition",
                            "recognition_threshold",
                            "liveness_type",
                            "liveness_threshold",
                            "quality_control",
                            "min_face_size",
                        ),
                    ),
                ],
            },
            {
                "title": "Cards",
                "path": "cards",
                "type": "sections",
                "sections": [
                    {"type": "grid", "cards": [{"type": f"custom:{name}", "entity": event}]}
                    for name in ("face-module-card", "face-module-people-card")
                ],
            },
        ]
    }


async def make_dashboard(
    api: Hass, url_path: str, title: str, config: dict[str, Any]
) -> None:
    """Make a dashboard of a configuration."""
    await api.command(
        "lovelace/dashboards/create",
        url_path=url_path,
        title=title,
        mode="storage",
        show_in_sidebar=True,
        require_admin=False,
    )
    await api.command("lovelace/config/save", url_path=url_path, config=config)


async def add_dashboard(api: Hass) -> None:
    """Make a dashboard at /face-module."""
    config = dashboard(await api.entities())
    await make_dashboard(api, "face-module", "Face module", config)


def tell(words: str) -> None:
    """Print a number that is promised; `pytest -s` shows it."""
    print(f"\n{words}")  # noqa: T201


async def until(true: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(30):
        while not (await said if isawaitable(said := true()) else said):
            await asyncio.sleep(0.05)


async def heard(module: SimulatedModule) -> None:
    """Wait until a module that was added knows whom to call."""

    async def knows() -> bool:
        answered = await module.send_heartbeat() is not None
        return answered and bool(module.config.recognition_cb_url)

    await until(knows)


async def nobody_there(module: SimulatedModule) -> None:
    """Wait until the module has said for a while that nobody is there any more.

    What its models say next is of whoever comes next.
    """
    before = {id(one) for one in module.sent}

    def reports() -> int:
        new = [one for one in module.sent if id(one) not in before]
        return sum(one.kind == "status" for one in new)

    await until(lambda: reports() >= 2)


def judge(words: str, figure: float, goal: float) -> None:
    """Print a time that is promised, and whether it is kept.

    It is no assertion: a machine that has no time for it says nothing of us.
    """
    tell(f"{words}, goal {goal:g}: {'met' if figure <= goal else 'NOT MET'}")


async def still(page: Page) -> None:
    """Wait until nothing fades or slides any more, inside the cards too."""
    await page.evaluate(
        """async () => {
            await new Promise(requestAnimationFrame);
            const roots = (root) => [root, ...[...root.querySelectorAll("*")]
                .filter((one) => one.shadowRoot)
                .flatMap((one) => roots(one.shadowRoot))];
            const ends = (one) => one.effect.getComputedTiming().endTime < Infinity;
            const moving = roots(document).flatMap((root) => root.getAnimations());
            await Promise.allSettled(moving.filter(ends).map((one) => one.finished));
        }"""
    )


async def seconds_until_visible(*locators: Locator) -> float:
    """Wait until all are to be seen; return how long it took.

    Playwright's own waiting looks ever more rarely: what took 0.4 s would be 0.9 s.
    """
    began = time.monotonic()
    async with asyncio.timeout(30):
        for locator in locators:
            while not await locator.is_visible():
                await asyncio.sleep(0.02)
    return time.monotonic() - began
