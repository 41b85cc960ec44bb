"""A photo of somebody whom no module knows, and two who share an id."""

from pathlib import Path

import pytest

from simulator import SimulatedModule
from tests.common import photo
from tests.conftest import Another


@pytest.fixture
def picture(pictures: Path) -> str:
    """The path of a photo of Ben."""
    return photo(pictures, "Ben")


@pytest.fixture
def ben_elsewhere(module: SimulatedModule, another: Another) -> SimulatedModule:
    """Another module, where Ben has the id that is Zelda's at the first one."""
    simulated, _, _ = another
    module.add_user("0003", "Zelda")
    simulated.add_user("0003", "Ben")
    return simulated
