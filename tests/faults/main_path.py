"""What a user does most, as the quirk campaign does it: who comes is told, step by step.

Everything demanded of a recognition is demanded here (liveness, minimum scores, age), and
whoever comes is in view for as long as the module's reports about them are needed.
"""

import asyncio
from base64 import b64decode
from collections.abc import Awaitable, Callable
from contextlib import suppress
import io
from typing import Any, Final

from homeassistant.components.image import async_get_image
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Event, EventStateChangedData, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_track_state_change_event
from PIL import Image
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule, portrait
from tests.common import device_of, id_of, perform, visits_of
from tests.conftest import settle

from .world import repairs_of

# A plain number, an ASCII name, and Chinese as id and name.
ANNA, CHEN, WANG, DORA = "42", "chenwei", "王伟", "0043"
NAMES: Final = {ANNA: "Anna", CHEN: "陈伟", WANG: "王小伟"}
OPTIONS: Final = {
    # Each passing is an event.
    "visit_window": 0,
    "minimum_score": 95,
    "require_liveness": True,
    "minimum_liveness": 80,
}
# What the module takes for alive, and we do not.
PHOTO: Final = {"rgb_liveness": 0.08, "nir_liveness": 0.07}
SURE: Final = 0.97
TELLING: Final = ("recognized", "rejected", "unknown", "image", "history")
PATH: Final = (*TELLING, "search_records", "enroll", "delete")


# Where a photo is all that is known, it is no living person either way.
_REASONS: Final = {
    "spoof": ("spoof", "liveness_unknown"),
    "low_score": ("low_score",),
    "stale": ("stale",),
}
# How long somebody is in view at most, and how often the pipeline reports then (s).
PATIENCE: Final = 8.0
REPORTS_EVERY: Final = 0.05


class Unmet(Exception):  # noqa: N818  # it is what came of a step
    """Something did not come of a step that should have."""


class MainPath:
    """A module that people pass by, and what Home Assistant tells of it.

    `excuses` says whether some repairs say why a step cannot be met.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        module: SimulatedModule,
        entry: MockConfigEntry,
        photo: str,
        excuses: Callable[[str, set[str]], bool],
    ) -> None:
        """Listen; the entry was set up once."""
        self._hass = hass
        self._module = module
        self._entry = entry
        self._photo = photo
        self._excuses = excuses
        self.told: list[dict[str, Any]] = []
        # Who was called recognized and should not have been.
        self.false: list[str] = []
        # The repairs that were shown when something was not met.
        self.said: set[str] = set()
        self._may_be_recognized = ""
        self._step = ""
        self.event = id_of("event.recognition")
        self.stop = async_track_state_change_event(hass, self.event, self._changed)
        self._picture = b""

    def _changed(self, event: Event[EventStateChangedData]) -> None:
        """Take what the plainest state trigger of a user would be told."""
        new, old = event.data["new_state"], event.data["old_state"]
        if new is None or new.state in ("unknown", "unavailable"):
            return
        if old is not None and old.state == new.state:
            return
        attributes = dict(new.attributes)
        self.told.append(attributes)
        who = attributes.get("user_id")
        if attributes["event_type"] == "recognized" and who != self._may_be_recognized:
            self.false.append(f"{who}: {attributes}")

    def _is_excused(self, step: str) -> bool:
        """Say whether a repair says why a step cannot be met."""
        return self._excuses(step, self.repairs)

    @property
    def repairs(self) -> set[str]:
        """The repairs that are shown of the entry."""
        return repairs_of(self._hass, self._entry)

    async def go(self) -> dict[str, str | None]:
        """Take every step; return what was not met, in words of ours, of each."""
        wrong: dict[str, str | None] = {}
        for name in PATH:
            self._step = name
            step: Callable[[], Awaitable[None]] = getattr(self, f"_{name}")
            try:
                await step()
            except Unmet as err:
                wrong[name] = str(err)
            except HomeAssistantError as err:
                key = err.translation_key
                wrong[name] = f"raised {key or repr(err)}"
                if key is None or "{" in str(err):
                    wrong[name] = f"an error without words: {err!r}"
            else:
                wrong[name] = None
            if wrong[name] is not None:
                self.said |= self.repairs
            self._may_be_recognized = ""
        return wrong

    # Somebody comes

    async def _meet(
        self, come: Callable[[], Awaitable[object]], kind: str, user_id: str | None
    ) -> dict[str, Any]:
        """Let somebody come; return what was told, which must be this and only this."""
        before = len(self.told)
        self._may_be_recognized = user_id or "" if kind == "recognized" else ""
        await come()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while len(self.told) == before and not self._is_excused(self._step):
                    # As the pipeline does while somebody is in view.
                    await self._module.send_status()
                    await asyncio.sleep(REPORTS_EVERY)
        await settle(self._hass)
        told = self.told[before:]
        found = [(one["event_type"], one["user_id"] or None) for one in told]
        if found != [(kind, user_id)]:
            why = [one.get("reason") for one in told]
            raise Unmet(f"told {found or 'nothing'} {why} instead of {kind} {user_id}")
        return told[0]

    async def _pass_by(self, user_id: str, kind: str, **seen: Any) -> dict[str, Any]:
        seen = {"score": SURE, **seen}
        return await self._meet(
            lambda: self._module.walk_by(user_id, **seen), kind, user_id
        )

    async def _recognized(self) -> None:
        for user_id in (CHEN, ANNA):
            told = await self._pass_by(user_id, "recognized")
            name, said = NAMES[user_id], told.get("name") or ""
            # Of a name that is cut the beginning is left, or else the id stands for it.
            if said != user_id and not (said and name.startswith(said.rstrip("�"))):
                raise Unmet(f"{name} is called {said!r}")
            if abs(told["score"] - SURE * 100) > 1:
                raise Unmet(f"a score of {told['score']}")

    async def _rejected(self) -> None:
        reasons = [
            (CHEN, "spoof", await self._pass_by(CHEN, "rejected", **PHOTO)),
            (ANNA, "low_score", await self._pass_by(ANNA, "rejected", score=0.92)),
            # Who needs more than others, whatever is made of the id.
            (WANG, "low_score", await self._pass_by(WANG, "rejected")),
            # What somebody recorded an hour ago, and sends once more.
            (WANG, "stale", await self._meet(self._replay, "rejected", WANG)),
        ]
        for user_id, wanted, told in reasons:
            reason = told.get("reason")
            if reason not in _REASONS[wanted]:
                raise Unmet(f"{user_id} is rejected for {reason}, not {wanted}")

    async def _replay(self) -> None:
        await self._module.replay(3600)

    async def _unknown(self) -> None:
        stranger = portrait("stranger")
        told = await self._meet(
            lambda: self._module.post_recognition("", "", 0.42, stranger), "unknown", None
        )
        if told.get("name") is not None and told["name"] != "":
            raise Unmet("somebody unknown has a name")

    async def _image(self) -> None:
        await self._pass_by(ANNA, "recognized")
        image = await async_get_image(self._hass, id_of("image.last_face"))
        sent = next(
            one.body["image"]
            for one in reversed(self._module.sent)
            if one.kind == "recognition"
        )
        if image.content != b64decode(sent):
            raise Unmet("another picture than the module sent")
        with Image.open(io.BytesIO(image.content)) as picture:
            picture.load()

    async def _history(self) -> None:
        if self._entry.state is not ConfigEntryState.LOADED:
            raise Unmet("nothing of it is loaded")
        latest = visits_of(self._entry)[0] if visits_of(self._entry) else None
        if latest is None or (latest.verdict, latest.user_id) != ("recognized", ANNA):
            raise Unmet(f"the latest visit is {latest and latest.verdict}")
        if latest.content_type is None:
            raise Unmet("the latest visit has no picture")

    # People and records

    async def _search_records(self) -> None:
        if not self._module.records:
            await self._module.walk_by(ANNA, score=SURE)
        # Of a second there is one.
        mine = {
            (one.timestamp, one.score)
            for one in self._module.records
            if one.user_id == ANNA
        }
        answer = await self._perform("search_records", user_id=ANNA)
        if answer["count"] != len(mine):
            raise Unmet(f"{answer['count']} records of {len(mine)}")
        if {one["user_id"] for one in answer["records"]} != {ANNA}:
            raise Unmet("records of somebody else")

    async def _enroll(self) -> None:
        data = {"user_id": DORA, "name": "Dora 朵拉", "path": self._photo}
        await self._perform("enroll_user", **data)
        if (known := self._module.users.get(DORA)) is None or known.name != data["name"]:
            raise Unmet(f"the module knows {known}")
        listed = await self._perform("list_users", with_names=True)
        names = {one["user_id"]: one["name"] for one in listed["users"]}
        if names.get(DORA) != data["name"]:
            raise Unmet(f"listed are {listed['users']}")
        if not self._is_excused("recognized"):
            await self._pass_by(DORA, "recognized")

    async def _delete(self) -> None:
        await self._perform("delete_user", user_id=DORA)
        if DORA in self._module.users:
            raise Unmet("the module knows her still")
        listed = await self._perform("list_users")
        ids = {one["user_id"] for one in listed["users"]}
        if DORA in ids or listed["total"] != len(NAMES):
            raise Unmet(f"listed are {listed['users']}")

    async def _perform(self, action: str, **data: Any) -> dict[str, Any]:
        device_id = device_of(self._hass, self._entry)
        return await perform(self._hass, action, device_id=device_id, **data)
