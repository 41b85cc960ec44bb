"""The eyes of one module: their pictures, shown to it one at a time.

The module's own work comes first. No more than one picture of an eye waits, the newest;
and while others wait the module is left alone for as long as it took for the one before.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..client import FaceModuleConnectionError, FaceModuleError
from ..const import DOMAIN, ISSUE_EYE_FAILS
from ..device.coordinator import FaceModuleCoordinator
from ..errors import async_any_error
from ..issues import async_clear, async_raise
from ..options import Eye, Options
from ..pictures.sources import async_prepared
from ..texts import error_text, plain
from ..visits.gate import Verdict
from .looking import Looker
from .watch import EyeWatch, Shown

# So often in a row an eye may fail before it is said.
FAILURES: Final = 10
# The module is left alone for no longer (s).
_REST: Final = 1.0


class Eyes:
    """Shows the pictures of its eyes to one module."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        looker: Looker,
        options: Options,
    ) -> None:
        """Prepare; `async_start` begins."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._max_age = options.max_age
        self.looker = looker
        self._watches = [self._watch(eye) for eye in options.eyes]
        # The newest picture of each eye; whoever waits longest is the first.
        self._waiting: dict[EyeWatch, Shown] = {}
        self._worker: asyncio.Task[None] | None = None
        self._failures: dict[EyeWatch, int] = {}
        self._broken: dict[EyeWatch, str] = {}
        # How many pictures nobody looked at, for the diagnostics.
        self.dropped = 0

    def _watch(self, eye: Eye) -> EyeWatch:
        return EyeWatch(
            self._hass,
            self._entry,
            eye,
            may_look=lambda: self._coordinator.last_update_success,
            show=self._show,
            failed=self._failed,
        )

    @property
    def broken(self) -> Sequence[str]:
        """The entities of the eyes that fail."""
        return [watch.eye.entity_id for watch in self._broken]

    @property
    def waiting(self) -> int:
        """How many pictures wait for the module: of each eye one at most."""
        return len(self._waiting)

    @callback
    def async_start(self) -> None:
        """Watch."""
        for watch in self._watches:
            watch.async_start()

    @callback
    def async_stop(self) -> None:
        """Look no more; what is not looked at yet is forgotten."""
        for watch in self._watches:
            watch.async_stop()
        self._waiting.clear()
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None

    @callback
    def _show(self, watch: EyeWatch, shown: Shown) -> None:
        self.dropped += watch in self._waiting
        self._waiting[watch] = shown
        if self._worker is None:
            self._worker = self._entry.async_create_background_task(
                self._hass, self._async_work(), f"{DOMAIN} eyes", eager_start=False
            )

    async def _async_work(self) -> None:
        task, loop = self._worker, self._hass.loop
        try:
            while self._waiting:
                watch, shown = next(iter(self._waiting.items()))
                del self._waiting[watch]
                begun = loop.time()
                if begun - shown.at > self._max_age:
                    # It would be rejected, and says nothing of who is there now.
                    self.dropped += 1
                    continue
                await self._async_look(watch, shown)
                if self._waiting:
                    await asyncio.sleep(min(loop.time() - begun, _REST))
        finally:
            if self._worker is task:
                self._worker = None

    async def _async_look(self, watch: EyeWatch, shown: Shown) -> None:
        try:
            # Only now: many are dropped, and making it smaller is most of the work.
            prepared = await async_prepared(self._hass, shown.picture)
            visit = await self.looker.async_look(
                prepared.jpeg, watch.eye.entity_id, at=shown.at, context=shown.context
            )
        except FaceModuleConnectionError:
            # It is the module that is away, which is said elsewhere.
            return
        except (FaceModuleError, HomeAssistantError) as err:
            self._failed(watch, err)
            return
        self._failures.pop(watch, None)
        if self._broken.pop(watch, None) is not None:
            self._say_broken()
        if visit is not None and visit.verdict is Verdict.RECOGNIZED:
            watch.async_enough(shown.context)

    @callback
    def _failed(self, watch: EyeWatch, err: FaceModuleError | HomeAssistantError) -> None:
        self._failures[watch] = self._failures.get(watch, 0) + 1
        if self._failures[watch] >= FAILURES and watch not in self._broken:
            told = async_any_error(self._hass, err, self._entry)
            self._broken[watch] = error_text(self._hass, told)
            self._say_broken()

    @callback
    def _say_broken(self) -> None:
        if not self._broken:
            async_clear(self._hass, self._entry, ISSUE_EYE_FAILS)
            return
        lines = [f"{watch.eye.entity_id}: {why}" for watch, why in self._broken.items()]
        async_raise(self._hass, self._entry, ISSUE_EYE_FAILS, eyes=plain(" ".join(lines)))
