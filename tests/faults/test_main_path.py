"""What a user does most works with whatever firmware, or a repair says why it cannot.

Under each quirk, under pairs of them, and under all that go together at once. Nobody is
called recognized who should not be. By hand, `FACE_MODULE_ALL_PAIRS=1 pytest
tests/faults/test_main_path.py` takes all pairs, else a seeded sample.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import partial
import os
from pathlib import Path
from random import Random

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.face_module.callbacks import keeper
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.visits import sightings
from simulator import Quirks, SimulatedModule, portrait
from tests.common import complaints, requests
from tests.conftest import PASSWORD, SERIAL, SetUp, settle

from .main_path import NAMES, OPTIONS, PATH, WANG, MainPath
from .quirky import QUIRKS, WRITES, is_excused, pairs, unexcused
from .world import user

PAIRS = tuple(pairs())
ALL = os.environ.get("FACE_MODULE_ALL_PAIRS")
SAMPLE = PAIRS if ALL else tuple(Random(16).sample(PAIRS, 40))

type Walk = Callable[..., Awaitable[list[str]]]


@pytest.fixture
async def module() -> AsyncGenerator[SimulatedModule]:
    """A module that takes every photo for alive, with three people."""
    async with SimulatedModule(
        SERIAL, PASSWORD, restart_delay=0.05, boot_time=0.05
    ) as simulated:
        simulated.config.liveness_type = 3
        simulated.config.liveness_threshold = 5
        for user_id, name in NAMES.items():
            simulated.users[user_id] = user(user_id, name)
        yield simulated


@pytest.fixture
def walk(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    base_url: str,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    figure: Callable[[str, int], None],
) -> Walk:
    """Take the main path under some quirks; returns what is wrong."""
    photo = pictures / "Dora.jpg"
    photo.write_bytes(portrait("Dora", size=(160, 160)))

    async def run(quirks: Quirks, *names: str) -> list[str]:
        options = dict(OPTIONS)
        if not quirks.liveness_lags:
            # Nobody has to wait for the scores of the next one, who comes at once here.
            monkeypatch.setattr(sightings, "LAG", 0.0)
            monkeypatch.setattr(sightings, "SETTLE", 0.0)
        if "slash_added" in names:
            # Nothing arrives at such an address, and that is to be known soon.
            monkeypatch.setattr(keeper, "MISSED_HEARTBEATS", 0.3)
            options["heartbeat_interval"] = 1
            hass.config.internal_url = base_url
        entry = await set_up(module, **options)
        own = RosterPerson(user_id=WANG, name=NAMES[WANG], minimum_score=99)
        hass.data[DATA_ROSTER].async_put(own)
        # An update of the firmware, after which it is as after a factory reset.
        module.quirks = quirks
        module.config.blank_callbacks()
        module.requests.clear()
        await hass.config_entries.async_reload(entry.entry_id)
        await settle(hass)
        await module.send_heartbeat()
        # What the models say of whoever comes first is to be news.
        await module.send_status()
        await settle(hass)
        if entry.state is not ConfigEntryState.LOADED and not quirks.other_serial:
            return [f"the entry is {entry.state}: {entry.reason}"]
        path = MainPath(hass, module, entry, str(photo), partial(is_excused, names))
        try:
            unmet = await path.go()
        finally:
            path.stop()
        wrong = unexcused(names, unmet, path.said)
        figure("steps of the main path under quirks", len(PATH))
        figure("steps met, or a repair says why not", len(PATH) - len(wrong))
        figure("false recognized", len(path.false))
        wrong += [f"false recognized: {one}" for one in path.false]
        told = Counter(complaints(caplog))
        wrong += [f"{n} times in the log: {text}" for text, n in told.items() if n > 1]
        wrong += [f"traceback: {text}" for text in told if "Traceback" in text]
        if quirks.other_serial:
            written = WRITES & set(requests(module))
            wrong += [f"written to another module: {name}" for name in written]
        return wrong

    return run


@pytest.mark.parametrize("name", QUIRKS)
async def test_the_main_path_under_each_quirk(name: str, walk: Walk) -> None:
    quirks = Quirks()
    quirks.set(name)
    wrong = await walk(quirks, name)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("pair", SAMPLE, ids="+".join)
async def test_the_main_path_under_pairs_of_quirks(
    pair: tuple[str, str], walk: Walk
) -> None:
    quirks = Quirks()
    for name in pair:
        quirks.set(name)
    wrong = await walk(quirks, *pair)
    assert not wrong, "\n".join(wrong)


async def test_the_main_path_under_all_quirks_that_go_together(walk: Walk) -> None:
    wrong = await walk(Quirks.of("hostile"))
    assert not wrong, "\n".join(wrong)


async def test_the_main_path_of_the_document(walk: Walk) -> None:
    wrong = await walk(Quirks())
    assert not wrong, "\n".join(wrong)
