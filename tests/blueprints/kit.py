"""The blueprints of the repository, used in a test's Home Assistant as a user does."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
import re
import shutil
from typing import Any

from homeassistant.components.trace.const import DATA_TRACE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
import yaml

from simulator import SimulatedModule
from tests.common import id_of
from tests.conftest import settle

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "blueprints"
CHINESE = ".zh-Hans"
FILES = sorted(FOLDER.rglob("*.yaml"))
ENGLISH = [path for path in FILES if not path.stem.endswith(CHINESE)]

MODULES = [id_of("event.recognition")]
# What a blueprint is given as the actions of a user: they say what they were told.
TELL = [
    {
        "action": "test.told",
        "data": {
            "message": "{{ message | default(none) }}",
            "name": "{{ name | default(none) }}",
            "reason": "{{ reason | default(none) }}",
            "what": "{{ what | default(none) }}",
        },
    }
]
# Actions of a user that take their time: until `free`.
SLOWLY = [{"wait_template": "{{ is_state('input_boolean.free', 'on') }}"}]


@dataclass(frozen=True, slots=True)
class Language:
    """One of the two languages in which every blueprint is there."""

    suffix: str

    def path(self, name: str) -> Path:
        """Return the file of a blueprint."""
        (path,) = FOLDER.rglob(f"{name}{self.suffix}.yaml")
        return path

    def example(self, name: str) -> dict[str, Any]:
        """Return the blueprint as docs/automations*.md uses it."""
        page = (ROOT / "docs" / f"automations{self.suffix}.md").read_text(encoding="utf-8")
        blocks = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
        (block,) = (text for text in blocks if f"/{name}{self.suffix}.yaml" in text)
        found: dict[str, Any] = yaml.safe_load(block)
        return found

    def text(self, blueprint: str, key: str, /, **values: str) -> str:
        """Return what a blueprint says, with its placeholders filled."""
        text: str = load_yaml_dict(self.path(blueprint))["variables"]["texts"][key]
        for placeholder, value in values.items():
            text = text.replace(f"{{{placeholder}}}", value)
        return text


async def use(hass: HomeAssistant, language: Language, name: str, /, **inputs: Any) -> str:
    """Make an automation, or a script, of a blueprint; return its entity id."""
    (entity_id,) = await use_all(hass, language, **{name: inputs})
    return entity_id


async def use_all(
    hass: HomeAssistant, language: Language, **blueprints: dict[str, Any]
) -> list[str]:
    """Do so with several blueprints of one domain, by name, with their inputs."""
    configs: dict[str, dict[str, Any]] = {}
    for name, inputs in blueprints.items():
        source = language.path(name)
        path = source.relative_to(FOLDER)
        domain = path.parts[0]
        target = Path(hass.config.path("blueprints", str(path)))
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
        configs[name] = {
            "use_blueprint": {"path": str(path.relative_to(domain)), "input": inputs},
            "trace": {"stored_traces": 100},
        }
    whole: Any = configs
    if domain == "automation":
        whole = [{"id": key, "alias": key, **configs[key]} for key in configs]
    assert await async_setup_component(hass, domain, {domain: whole})
    await settle(hass)
    for name in configs:
        state = hass.states.get(f"{domain}.{name}")
        assert state.state == ("on" if domain == "automation" else "off"), "it is valid"
    return [f"{domain}.{name}" for name in configs]


def runs(hass: HomeAssistant) -> list[dict[str, Any]]:
    """Return the traces of everything that ran."""
    return [
        trace.as_extended_dict()
        for bucket in hass.data[DATA_TRACE].values()
        for trace in bucket.runs.values()
    ]


def errors(hass: HomeAssistant) -> list[str]:
    """Return the errors of all traces, also of steps that may fail."""
    found = [str(run["error"]) for run in runs(hass) if "error" in run]
    for run in runs(hass):
        assert run["script_execution"] in (
            *("finished", "failed_conditions", "aborted"),
            *("failed_single", "failed_max_runs", None),
        ), run["script_execution"]
        steps = (step for steps in run["trace"].values() for step in steps)
        found += [str(step["error"]) for step in steps if "error" in step]
    return found


def said(calls: list[ServiceCall], key: str = "message") -> list[Any]:
    """Return what was told, and forget it."""
    found = [call.data.get(key) for call in calls]
    calls.clear()
    return found


async def see(
    hass: HomeAssistant, module: SimulatedModule, user_id: str, **more: Any
) -> None:
    """Let the module report somebody."""
    await module.send_heartbeat()
    await module.send_recognition(user_id, **more)
    await settle(hass)


async def see_stranger(hass: HomeAssistant, module: SimulatedModule) -> None:
    """Let the module report somebody it does not know."""
    await see(hass, module, "", username="")


def loaded(hass: HomeAssistant, entity_id: str, ago: timedelta) -> None:
    """Let an automation be on for a while."""
    state = hass.states.get(entity_id)
    then = (dt_util.utcnow() - ago).timestamp()
    hass.states.async_set(
        entity_id, state.state, state.attributes, force_update=True, timestamp=then
    )


async def free(hass: HomeAssistant) -> None:
    """Let actions end that take their time, and whatever waited for them follow."""
    hass.states.async_set("input_boolean.free", "on")
    await settle(hass)


async def replay(hass: HomeAssistant, module: SimulatedModule, user_id: str) -> None:
    """Let the module report somebody of yesterday."""
    await see(hass, module, user_id, timestamp=module.now() - 86_400)
