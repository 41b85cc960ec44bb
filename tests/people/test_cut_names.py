"""A module that cuts the names it is given: nobody is called so from then on."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from simulator import SimulatedModule
from tests.common import perform, photo

CHEN = "陈小伟"


@pytest.fixture
def cuts(module: SimulatedModule, monkeypatch: pytest.MonkeyPatch) -> None:
    """GetUserInfo tells Chen's name without its last byte."""
    server = module._server
    do = server._carry_out

    async def told(record: Any, body: object) -> Any:
        answer = await do(record, body)
        if answer.get("user_info") == {"name": CHEN}:
            cut = CHEN.encode()[:-1].decode(errors="surrogateescape")
            answer["user_info"] = {"name": cut}
        return answer

    monkeypatch.setattr(server, "_carry_out", told)


@pytest.mark.usefixtures("cuts")
async def test_a_new_picture_leaves_the_name_whole(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    data = {"device_id": device_id, "user_id": "x"}
    first, second = (photo(pictures, "Chen", number) for number in range(2))
    await perform(hass, "enroll_user", name=CHEN, path=first, **data)
    await perform(hass, "update_user", path=second, **data)
    assert module.users["x"].name == CHEN


@pytest.mark.usefixtures("cuts")
async def test_who_is_added_without_an_answer_is_known_by_what_is_left_of_the_name(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    module.faults.next("drop_after", call="AddUser")
    data = {"device_id": device_id, "user_id": "x", "path": photo(pictures, "Chen")}
    answer = await perform(hass, "enroll_user", name=CHEN, **data)
    assert [line["ok"] for line in answer["results"]] == [True]
