"""Addresses out: the module is told where we are, it is proven, and it stays so.

One task looks after the addresses of a module, and nobody else writes one. It is woken by
what happens (a configuration was read, a heartbeat ended a gap, time is up), looks, does
the first thing in this table that is to be done, and looks again until nothing is:

- The module cannot be read, or another one is in its place: nothing; the next
  configuration that is read wakes.
- Something arrived after a gap: the configuration is read. It may have restarted, and
  forgotten us.
- No address of ours works for it (only https is served): a repair. We look for one at
  every poll.
- A slot holds another system's address that nobody gave up: a repair, and that slot is
  left alone.
- A slot is blank or null, or holds an old address of ours or another interval: written,
  and read back.
- A slot is not named by the configuration: written once for each outage. What arrives
  proves it.
- What was written was refused, or something else was kept: one warning and a repair;
  tried again at the next poll, then ever more rarely.
- All is in place, and something arrived in time: proven, the repairs go.
- All is in place, and nothing arrived in time: the configuration is read, once, and a
  slot that it does not name is written once more.
- As before, and all is still in place: the next address of ours is written.
- No address of ours is left: a repair names them all; they are tried again after a while.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..client import (
    CallbackKind,
    FaceModuleError,
    FaceModuleRefusedError,
    SystemConfig,
)
from ..const import (
    CONF_REPLACE,
    CONF_WEBHOOK_IDS,
    DOMAIN,
    ISSUE_CALLBACK_TAKEN,
    ISSUE_CALLBACKS_UNREACHABLE,
    ISSUE_HTTPS_ONLY,
    LOGGER,
    MISSED_HEARTBEATS,
)
from ..device.coordinator import FaceModuleCoordinator
from ..issues import async_clear, async_raise
from ..options import Options
from .addresses import async_bases, origins
from .slots import Slots
from .writing import SlotWriter

# What did not work is tried again this often: each try is three writes.
TRY_AGAIN: Final = 900.0
_PAUSE: Final = 120.0


class AddressKeeper:
    """Our addresses on one module. `proven`: callbacks arrive at the present one."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        options: Options,
    ) -> None:
        """Prepare; `async_start` does the rest."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._client = coordinator.client
        self._interval = options.heartbeat_interval
        self._override = options.callback_base_url
        self.slots = Slots(
            entry.data[CONF_WEBHOOK_IDS],
            self._interval,
            set(entry.data.get(CONF_REPLACE, ())),
        )
        self.writer = SlotWriter(
            hass, entry, coordinator, self.slots, written=self._written
        )
        self._busy = self._woken = self._stopped = False
        self._timer: CALLBACK_TYPE | None = None
        # Times of the event loop: when something arrived, or an address was written; until
        # when what did not work is left alone.
        self._heard_at = self._hass.loop.time()
        self._rests_until = float("-inf")
        self._must_read = self._gap_read = self._is_away = False
        self._tried: list[str] = []
        self._pause = 0.0
        self.bases: list[str] = []
        self.proven = False

    async def async_start(self) -> None:
        """Begin to keep the module's slots filled."""
        await self._async_find_bases()
        self._entry.async_on_unload(
            self._coordinator.async_subscribe_config(self._config_read)
        )
        self._heard_at = self._hass.loop.time()
        self._wake()

    @callback
    def async_heard(self) -> None:
        """Take a callback for what it proves: it reaches us at the present address."""
        self._heard_at = self._hass.loop.time()
        if not self.proven:
            self.proven = self._must_read = True
            self._tried.clear()
            async_clear(self._hass, self._entry, ISSUE_CALLBACKS_UNREACHABLE)
            self._wake()

    def is_registered(self, kind: CallbackKind) -> bool:
        """Say whether the module calls us for this kind, as far as it was read."""
        return self.slots.is_ours(kind, self._coordinator.data.config)

    # Waking

    @callback
    def _config_read(self, _config: SystemConfig) -> None:
        self._wake()

    @callback
    def _wake(self, _now: datetime | None = None) -> None:
        """Look soon. One who looks already looks once more."""
        self._woken = True
        if not self._busy and not self._stopped:
            self._busy = True
            self._entry.async_create_background_task(
                self._hass, self._async_keep(), f"{DOMAIN} addresses"
            )

    async def _async_keep(self) -> None:
        wait: float | None = None
        try:
            while self._woken and not self._stopped:
                self._woken = False
                wait = await self._async_look()
        finally:
            self._busy = False
            self._cancel_timer()
            if wait is not None and not self._stopped:
                job = HassJob(self._wake, cancel_on_shutdown=True)
                self._timer = async_call_later(self._hass, wait, job)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    # Looking

    async def _async_look(self) -> float | None:
        """Do what is to be done first; return when to look again (s), None: when woken."""
        if self._must_read:
            self._must_read = False
            # While it does not answer, the coordinator asks when it is time.
            if self._coordinator.last_update_success:
                await self._coordinator.async_refresh()
        now = self._hass.loop.time()
        if not self._coordinator.last_update_success:
            self._is_away = True
            # It may have forgotten what it does not show.
            self.slots.blind.clear()
            self.proven = self.proven and now - self._heard_at < self._patience
            return self._patience if self.proven else None
        if self._is_away:
            self._is_away = False
            self._heard_at = now
        if self.slots.base is None:
            await self._async_find_bases()
        config = self._coordinator.data.config
        self._show_foreign(config)
        if self.slots.base is None:
            return None
        wrong = self.slots.wrong(config)
        if wrong and now >= self._rests_until:
            await self._async_fill()
            return self._patience
        if not wrong:
            self._pause = 0.0
            self.writer.show_kept()
        if self.slots.awaits_heartbeats(config):
            return await self._async_prove(now)
        return max(self._rests_until - now, 0) if wrong else None

    async def _async_prove(self, now: float) -> float:
        """See whether something arrives in time; else read, and then try elsewhere."""
        left = self._heard_at + self._patience - now
        if left > 0:
            self._gap_read = False
            return left
        self.proven = False
        if not self._gap_read:
            self._gap_read = self._must_read = self._woken = True
        elif now >= self._rests_until:
            self._gap_read = False
            base = self.slots.base
            if base is not None and self.slots.blind and base not in self._tried:
                # It may have restarted, and shows nobody that it forgot us.
                self._tried.append(base)
                self.slots.blind.clear()
                self._woken = True
            else:
                await self._async_next_base()
        return max(self._patience, self._rests_until - now)

    async def _async_next_base(self) -> None:
        await self._async_find_bases()
        if self.slots.base is not None and self.slots.base not in self._tried:
            self._tried.append(self.slots.base)
        left = [base for base in self.bases if base not in self._tried]
        if not left:
            async_raise(
                self._hass,
                self._entry,
                ISSUE_CALLBACKS_UNREACHABLE,
                fixable=True,
                addresses="\n".join(f"- {base}" for base in self._tried),
            )
            self._tried.clear()
            left = self.bases
        self._heard_at = self._hass.loop.time()
        if left and left[0] != self.slots.base:
            self.slots.base = left[0]
            await self._async_fill()
        if not self._tried:
            self._rests_until = self._hass.loop.time() + TRY_AGAIN

    async def _async_find_bases(self) -> None:
        self.bases = await async_bases(
            self._hass, self._client.host, self._client.port, self._override
        )
        if self.slots.base not in self.bases:
            self.slots.base = self.bases[0] if self.bases else None
        if self.bases:
            async_clear(self._hass, self._entry, ISSUE_HTTPS_ONLY)
        else:
            async_raise(self._hass, self._entry, ISSUE_HTTPS_ONLY, fixable=True)

    def _show_foreign(self, config: SystemConfig) -> None:
        if foreign := self.slots.foreign(config):
            async_raise(
                self._hass,
                self._entry,
                ISSUE_CALLBACK_TAKEN,
                fixable=True,
                addresses=origins(foreign.values()),
            )
        else:
            async_clear(self._hass, self._entry, ISSUE_CALLBACK_TAKEN)

    @property
    def _patience(self) -> float:
        return MISSED_HEARTBEATS * self._interval

    # Writing

    async def _async_fill(self) -> None:
        """Write the slots that are wrong; say once what the module does not keep."""
        try:
            left = await self.writer.async_write(self._coordinator.data.config)
        except FaceModuleError as err:
            # The poll finds out what it is, and wakes us.
            LOGGER.debug("%s: no callback addresses set: %s", self._entry.title, err)
            return
        if left:
            self._not_kept(left)
        else:
            self._woken = True

    def _not_kept(self, left: Mapping[CallbackKind, FaceModuleRefusedError | None]) -> None:
        self._rests_until = self._hass.loop.time() + self._pause
        self._pause = min(max(2 * self._pause, _PAUSE), TRY_AGAIN)
        self.writer.show_refused(left)

    @callback
    def _written(self) -> None:
        """Give what was written just now the time to prove itself."""
        self._heard_at, self._gap_read = self._hass.loop.time(), False

    async def async_stop(self, *, withdraw: bool) -> None:
        """Write nothing more; with `withdraw` take our addresses back.

        A reload keeps them: whoever comes meanwhile is in the module's records.
        """
        self._stopped = True
        self._cancel_timer()
        await self.writer.async_stop(withdraw=withdraw)
