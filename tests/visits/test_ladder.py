"""A book of an earlier release is taken over, whichever it was."""

import asyncio
from pathlib import Path
import shutil
import sqlite3

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.visits.book import DATA_BOOK
from simulator import SimulatedModule, portrait
from tests.common import come, rows_of, visits_of
from tests.conftest import settle
from tests.visits.conftest import alone


@pytest.fixture
def database(hass: HomeAssistant) -> Path:
    """Where the book is on disk."""
    return Path(hass.config.path(DOMAIN, "visits.db"))


def make_second(db: sqlite3.Connection) -> None:
    """Make the second schema of the present one."""
    db.execute("DROP INDEX visits_of_strangers")
    for column in ("stranger_id", "times_seen", "first_seen"):
        db.execute(f"ALTER TABLE visits DROP COLUMN {column}")
    for table in ("strangers", "stranger_pictures"):
        db.execute(f"DROP TABLE {table}")
    db.execute("PRAGMA user_version = 2")


@pytest.mark.parametrize("version", [1, 2])
async def test_a_book_of_before_is_taken_over_with_everything(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    database: Path,
    version: int,
) -> None:
    """The first schema had neither marks nor sources, nor what a search needs.

    The second one had no strangers.
    """
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    before = visits_of(entry)
    await hass.config_entries.async_unload(entry.entry_id)

    def make_old(db: sqlite3.Connection) -> None:
        for index in ("moment", "person"):
            db.execute(f"DROP INDEX visits_by_{index}")
        for index in ("with_picture", "wrong"):
            db.execute(f"DROP INDEX visits_{index}")
        for column in ("wrong", "source"):
            db.execute(f"ALTER TABLE visits DROP COLUMN {column}")
        make_second(db)
        db.execute("PRAGMA user_version = 1")

    make = make_old if version == 1 else make_second
    await hass.data[DATA_BOOK].async_run(make, None)
    await alone(hass)
    old = database.with_name("old.db")
    await asyncio.to_thread(shutil.copy, database, old)
    await asyncio.to_thread(old.replace, database)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert visits_of(entry) == before
    assert [(row["wrong"], row["source"]) for row in await rows_of(hass)] == [
        (None, None)
    ] * 2
    # And strangers are kept from now on.
    await module.post_recognition("", "", 0.1, portrait("Stranger"))
    await settle(hass)
    assert len(await rows_of(hass, "strangers")) == 1
