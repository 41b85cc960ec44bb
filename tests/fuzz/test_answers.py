"""Whatever a module answers is understood, or a documented error; and can be shown."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
import json
import logging
import math
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import example, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.client import FaceModuleError
from simulator import SimulatedModule
from simulator.wire import encode
from tests.client.conftest import EVERY_CALL, answered
from tests.conftest import settle

from .mutation import NASTY, Mutator, cases, kept

PASSWORD = "abc123"
BULK = 2000
SHOWN = 1500
STRUCTURED = 2000
SIMPLE = (str, int, bytes, bool, type(None), Enum)


def check_value(value: Any) -> None:
    """Allow what the client's models are made of, and no number that is none."""
    if is_dataclass(value):
        for field in fields(value):
            check_value(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            check_value(item)
    elif isinstance(value, Mapping):
        check_value([*value.values()])
    elif isinstance(value, float):
        assert math.isfinite(value)
    else:
        assert isinstance(value, SIMPLE)


def check(name: str, raw: bytes) -> bool:
    """Say whether an answer was understood."""
    try:
        result = answered(name, raw)
    except FaceModuleError as err:
        assert PASSWORD not in str(err)
        return False
    check_value(result)
    assert PASSWORD not in repr(result)
    return True


def valid(name: str) -> bytes:
    corpus = kept("answers")
    return corpus.get(f"{name}.json", corpus["any.json"])


# It reads the settings after what it sends, and there is one answer here.
UNSPECIFIC = {"SetMultiFaceDetectEnable"}


@pytest.mark.parametrize("name", EVERY_CALL)
def test_the_corpus_is_understood(name: str) -> None:
    assert check(name, valid(name)) or name in UNSPECIFIC


@pytest.mark.parametrize("name", EVERY_CALL)
def test_changed_answers(name: str, figure: Callable[[str, int], None]) -> None:
    mutator = Mutator(f"answers {name}")
    known = json.loads(valid(name))
    done = good = 0
    for raw in cases(BULK, lambda: mutator.body(known)):
        done += 1
        good += check(name, raw)
    figure("answers read", done)
    assert good > done / 20 or name in UNSPECIFIC


VALUES = st.recursive(
    st.one_of(st.sampled_from(NASTY), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(("name", "score", "user_id")), inner),
    ),
    max_leaves=6,
)


@settings(max_examples=STRUCTURED)
@given(st.data(), st.sampled_from(sorted(EVERY_CALL)))
def test_made_up_answers(data: st.DataObject, name: str) -> None:
    keys = json.loads(valid(name)).keys()
    body = data.draw(st.dictionaries(st.sampled_from([*keys]), VALUES))
    check(name, json.dumps({"ret_code": 0, **body}).encode())


@settings(max_examples=STRUCTURED)
@given(st.sampled_from(sorted(EVERY_CALL)), st.binary(max_size=100))
@example("GetSysConfig", b'{"ret_code": 0, "liveness_threshold": 1e300}')
@example("AddUser", b'{"ret_code": 0, "position": {"point_1": "(1,2,3,4,5"}}')
@example("GetUserNumber", b'{"ret_code": 0, "number": -1}')
@example("GetUserList", b'{"ret_code": 0, "user_id_list": {"a": 1}}')
def test_any_bytes(name: str, raw: bytes) -> None:
    check(name, raw)


async def test_whatever_settings_are_answered_can_be_shown(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    figure: Callable[[str, int], None],
) -> None:
    mutator = Mutator("settings")
    real = module._server._carry_out
    broken = True

    async def changed(record: Any, body: object) -> Any:
        answer = await real(record, body)
        if not broken or record.name not in ("GetSysConfig", "GetUserNumber"):
            return answer
        made = mutator.value(answer)
        try:
            encode(made | {"ret_code": 0}, module.quirks)
        except TypeError, UnicodeEncodeError:  # the module cannot say it
            return answer
        return made | {"ret_code": 0}

    monkeypatch.setattr(module._server, "_carry_out", changed)
    coordinator = entry.runtime_data.coordinator
    shown = 0
    for _ in cases(SHOWN, lambda: None):
        coordinator._users_read_at = float("-inf")
        await coordinator.async_refresh()
        shown += coordinator.last_update_success
    await settle(hass)
    figure("settings shown", shown)
    assert shown > SHOWN / 2
    for record in caplog.records:
        if record.levelno >= logging.ERROR:
            assert record.getMessage().startswith("Error fetching"), record.getMessage()
    broken = False
    await coordinator.async_refresh()
    await settle(hass)
    assert coordinator.last_update_success
    assert coordinator.data.config.recognition_threshold == 90
