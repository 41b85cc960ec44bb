"""The truth about one module: polled, made quicker by callbacks, read back after writes."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from copy import replace
import time
from typing import Final, override

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator
from homeassistant.util import dt as dt_util

from ..client import (
    FaceModuleClient,
    FaceModuleError,
    FaceModuleOtherError,
    FaceModuleResponseError,
    FaceModuleUnchangedError,
    Heartbeat,
    PipelineStatus,
    SystemConfig,
    same_serial,
)
from ..const import (
    DOMAIN,
    ISSUE_LOST_AFTER_RESTORE,
    ISSUE_OTHER_MODULE,
    LATEST,
    LOGGER,
    POLL_INTERVAL,
    USERS_INTERVAL,
)
from ..errors import translated_errors, update_error
from ..issues import async_clear, async_raise
from ..options import Options
from .clock import ClockWatch
from .outage import OutageWatch
from .pipeline import PipelineWatch
from .state import ModuleState, Pipeline, PresentPerson

# A CPU's temperature wobbles: changes (°C) are shown once a minute, leaps at once, and
# what is smaller is not worth a row in the database.
TEMPERATURE_STEP: Final = 0.5
TEMPERATURE_LEAP: Final = 5.0
SHOWN_EVERY: Final = 60.0
# A module that calls and does not answer is asked after such a pause (s), then after
# twice as long, and so on.
SIGN_OF_LIFE: Final = 5.0
MAX_DRIFT: Final = 5.0
SET_CLOCK_EVERY: Final = 600.0


class FaceModuleCoordinator(DataUpdateCoordinator[ModuleState]):
    """Keeps the state of one module.

    `firmware` is the version read since it was away, an empty string if it has none.
    """

    config_entry: ConfigEntry

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: FaceModuleClient,
        options: Options,
    ) -> None:
        """Prepare for the module that `client` talks to."""
        super().__init__(
            hass,
            LOGGER,
            config_entry=entry,
            name=entry.title,
            update_interval=POLL_INTERVAL,
            always_update=False,
        )
        self.client = client
        self.serial = entry.unique_id or ""
        self.firmware = ""
        self._keep_clock_set = options.keep_clock_set
        self._clock = ClockWatch()
        self._clock_set_at = float("-inf")
        self._temperature_at = float("-inf")
        self.pipeline = PipelineWatch(
            hass, entry.title, options, lambda: self.data, self._show_pipeline
        )
        # Whether it was made sure that this is the module, since it was away.
        self._identified = False
        # When another module that calls may lead to a poll again.
        self._doubt_at = float("-inf")
        # When a sign of life may lead to a poll again, and the pause after that (s).
        self._poll_at, self._poll_pause = float("-inf"), SIGN_OF_LIFE
        self._users_read_at = float("-inf")
        # Until then people may come and go by requests that nobody answered.
        self._users_settle_at = float("-inf")
        self.outage = OutageWatch(hass, entry, self._async_answers)
        self._config_listeners: list[Callable[[SystemConfig], None]] = []
        self._heartbeat_listeners: list[Callable[[float], None]] = []

    @callback
    def async_subscribe_config(
        self, listener: Callable[[SystemConfig], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with every configuration that was read; returns the undo."""
        self._config_listeners.append(listener)
        return lambda: self._config_listeners.remove(listener)

    @callback
    def async_subscribe_heartbeats(
        self, listener: Callable[[float], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with the drift at every heartbeat; returns the undo."""
        self._heartbeat_listeners.append(listener)
        return lambda: self._heartbeat_listeners.remove(listener)

    # Polling

    @override
    async def _async_update_data(self) -> ModuleState:
        try:
            if not self._identified:
                await self._async_identify()
            config = await self.client.get_config()
            user_count = await self._async_user_count()
        except FaceModuleError as err:
            # Whoever answers next may be another one.
            self._identified = False
            if self.last_update_success and self.outage.expected:
                # The base class logs an error only for an outage that is news to it.
                self.last_update_success = False
                LOGGER.info("%s is restarting", self.name)
            raise update_error(err, self.config_entry) from err
        # Callbacks may have replaced the state while we waited.
        state = self.data or ModuleState(config=config)
        return replace(state, config=config, user_count=user_count)

    async def _async_identify(self) -> None:
        """Make sure that it is the module of the entry; another one is told nothing.

        Raises FaceModuleError. GetDeviceID, GetSoftVersion.
        """
        serial = await self.client.get_device_id()
        self.client.only_identify = not same_serial(serial, self.serial)
        if self.client.only_identify:
            async_raise(
                self.hass,
                self.config_entry,
                ISSUE_OTHER_MODULE,
                fixable=True,
                error=True,
            )
            raise FaceModuleOtherError("GetDeviceID")
        async_clear(self.hass, self.config_entry, ISSUE_OTHER_MODULE)
        self._identified = True
        # An update restarts the module. What it is called is decoration.
        with suppress(FaceModuleResponseError):
            self._show_firmware(await self.client.get_software_version())

    def _show_firmware(self, firmware: str) -> None:
        before, self.firmware = self.firmware, firmware
        registry = dr.async_get(self.hass)
        device = registry.async_get_device_by_identifier(
            (DOMAIN, self.serial), self.config_entry.entry_id
        )
        if device is not None and firmware != before:
            registry.async_update_device(device.id, sw_version=firmware or None)

    @callback
    def async_doubt(self) -> None:
        """Ask who is there: another module calls at our address.

        One that was given our addresses does so for ever, and 30 times a second.
        """
        now = self.hass.loop.time()
        if now >= self._doubt_at:
            self._doubt_at = now + POLL_INTERVAL.total_seconds()
            self._identified = False
            self._poll_soon()

    @callback
    def async_sign_of_life(self) -> None:
        """Poll before it is time, if the module did not answer when asked last.

        Not after a refused password: a callback is no new one.
        """
        if not isinstance(self.last_exception, ConfigEntryAuthFailed):
            self._poll_soon()

    def _poll_soon(self) -> None:
        now = self.hass.loop.time()
        if now >= self._poll_at:
            self._poll_at = now + self._poll_pause
            self._poll_pause = min(2 * self._poll_pause, POLL_INTERVAL.total_seconds())
            self.config_entry.async_create_background_task(
                self.hass, self.async_refresh(), f"{DOMAIN} sign of life"
            )

    @override
    @callback
    def _async_refresh_finished(self) -> None:
        if self.last_update_success:
            self._poll_at, self._poll_pause = float("-inf"), SIGN_OF_LIFE
            self._async_config_read()
        if (
            not self.last_update_success
            and isinstance(self.last_exception, ConfigEntryAuthFailed)
            and self._listeners
        ):
            # The base class stops here. But the module may take our password again, and
            # somebody who could be asked may have another of our dialogs open.
            self._schedule_refresh()

    @callback
    def _async_config_read(self) -> None:
        async_clear(self.hass, self.config_entry, ISSUE_LOST_AFTER_RESTORE)
        for listener in list(self._config_listeners):
            listener(self.data.config)

    async def _async_answers(self) -> bool:
        """Poll now; say whether the module answered."""
        await self.async_refresh()
        return self.last_update_success

    async def _async_user_count(self) -> int | None:
        now = self.hass.loop.time()
        known = self.data.user_count if self.data else None
        is_recent = now - self._users_read_at < USERS_INTERVAL
        if known is not None and is_recent and self._users_read_at >= self._users_settle_at:
            return known
        try:
            count = await self.client.count_users()
        except FaceModuleResponseError:
            return known
        self._users_read_at = now
        return count

    @callback
    def async_users_changed(self, *, in_doubt: bool = False) -> None:
        """Count the people soon: some came or went, or `in_doubt` may yet do so."""
        self._users_read_at = float("-inf")
        if in_doubt:
            self._users_settle_at = self.hass.loop.time() + LATEST
        self.config_entry.async_create_background_task(
            self.hass, self.async_request_refresh(), f"{DOMAIN} count people"
        )

    # Writing

    async def async_write(
        self,
        send: Callable[[], Awaitable[object]],
        applied: Callable[[SystemConfig], bool],
    ) -> None:
        """Send a write and show what GetSysConfig says afterwards.

        Raises HomeAssistantError, also when the module agreed but changed nothing.
        """
        async with translated_errors(self.hass, self.config_entry):
            await send()
            config = await self.client.get_config()
            self.async_show_config(config)
            self._async_config_read()
            if not applied(config):
                raise FaceModuleUnchangedError("the write")

    @callback
    def async_show_config(self, config: SystemConfig) -> None:
        """Show settings that were just read from the module."""
        self.async_set_updated_data(replace(self.data, config=config))

    async def async_send(self, send: Callable[[], Awaitable[object]]) -> None:
        """Send what cannot be read back; raises HomeAssistantError."""
        async with translated_errors(self.hass, self.config_entry):
            await send()

    async def async_set_clock(self) -> None:
        """Set the module's clock to ours; raises FaceModuleError."""
        self._clock_set_at = self.hass.loop.time()
        await self.client.set_time(round(time.time()))
        self._clock.reset()

    async def _async_keep_clock(self) -> None:
        try:
            await self.async_set_clock()
        except FaceModuleError as err:
            LOGGER.debug("%s: the clock could not be set: %s", self.name, err)

    # Callbacks

    @callback
    def async_status(self, status: PipelineStatus) -> None:
        """Take in what the module's models say."""
        self.pipeline.async_apply(status, self.age_of(status.timestamp))

    @callback
    def async_heartbeat(self, beat: Heartbeat) -> None:
        """Take in a heartbeat."""
        now = dt_util.utcnow()
        drift = self._clock.observe(beat.timestamp, now.timestamp())
        self._keep_clock(drift)
        for listener in list(self._heartbeat_listeners):
            listener(drift)
        state = self.data
        temperature, shown_drift = self._temperature(beat.temperature), state.clock_drift
        if shown_drift is None or abs(drift - shown_drift) >= 1:
            shown_drift = round(drift)
        last = state.last_heartbeat
        if last is None or (now - last).total_seconds() >= SHOWN_EVERY:
            last = now
        if (temperature, shown_drift, last) == (
            state.temperature,
            state.clock_drift,
            state.last_heartbeat,
        ):
            return
        self._show(
            replace(
                state, temperature=temperature, clock_drift=shown_drift, last_heartbeat=last
            )
        )

    def _temperature(self, new: float | None) -> float | None:
        """Return the temperature to show."""
        shown, now = self.data.temperature, self.hass.loop.time()
        if new is None:
            return shown
        due = now - self._temperature_at >= SHOWN_EVERY
        step = TEMPERATURE_STEP if due else TEMPERATURE_LEAP
        if shown is not None and abs(new - shown) < step:
            return shown
        self._temperature_at = now
        return round(new, 1)

    @property
    def clock_in_doubt(self) -> bool:
        """Whether the drift may be another one than it seems, until a heartbeat tells."""
        return self._clock.in_doubt

    def age_of(self, timestamp: int) -> float:
        """Return how many seconds ago a time of the module's clock was."""
        return time.time() - self.corrected(timestamp)

    def corrected(self, timestamp: int) -> float:
        """Return a time of the module's clock by ours, as Unix seconds."""
        return timestamp - self._clock.drift

    @callback
    def async_show_present(self, present: tuple[PresentPerson, ...]) -> None:
        """Show who is there."""
        if present != self.data.present:
            self._show(replace(self.data, present=present))

    def _show_pipeline(self, pipeline: Pipeline) -> None:
        self._show(replace(self.data, pipeline=pipeline))

    def _keep_clock(self, drift: float) -> None:
        now = self.hass.loop.time()
        if (
            self._keep_clock_set
            and abs(drift) > MAX_DRIFT
            and now - self._clock_set_at >= SET_CLOCK_EVERY
        ):
            self._clock_set_at = now
            self.config_entry.async_create_background_task(
                self.hass, self._async_keep_clock(), f"{DOMAIN} set clock"
            )

    @callback
    def _show(self, state: ModuleState) -> None:
        """Show a state that a callback made, leaving the polling timer as it is."""
        self.data = state
        self.async_update_listeners()

    @override
    async def async_shutdown(self) -> None:
        self.pipeline.async_stop()
        await super().async_shutdown()
