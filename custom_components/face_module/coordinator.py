"""The truth about one module: polled, made quicker by callbacks, read back after writes."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
import time
from typing import Final, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .client import (
    Callback,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleResponseError,
    FaceModuleUnchangedError,
    Heartbeat,
    PipelineStatus,
    Recognition,
    SystemConfig,
)
from .clock import ClockWatch
from .const import (
    CONF_KEEP_CLOCK_SET,
    DOMAIN,
    ISSUE_LOST_AFTER_RESTORE,
    LATEST,
    LOGGER,
    POLL_INTERVAL,
    USERS_INTERVAL,
)
from .errors import translated_errors, update_error
from .issues import async_clear
from .models import (
    FaceModuleConfigEntry,
    ModuleState,
    Person,
    Pipeline,
    options_of,
)
from .outage import OutageWatch
from .pipeline import PipelineWatch

# A CPU's temperature wobbles: changes (°C) are shown once a minute, leaps at once, and
# what is smaller is not worth a row in the database.
TEMPERATURE_STEP: Final = 0.5
TEMPERATURE_LEAP: Final = 5.0
SHOWN_EVERY: Final = 60.0
MAX_DRIFT: Final = 5.0
SET_CLOCK_EVERY: Final = 600.0


class FaceModuleCoordinator(DataUpdateCoordinator[ModuleState]):
    """Keeps the state of one module.

    `firmware` is the version read at set-up, an empty string if the module has none.
    """

    config_entry: FaceModuleConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: FaceModuleConfigEntry, client: FaceModuleClient
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
        options = options_of(entry)
        self.client = client
        self.serial = entry.unique_id or ""
        self.firmware = ""
        self._keep_clock_set = bool(options[CONF_KEEP_CLOCK_SET])
        self._clock = ClockWatch()
        self._clock_set_at = float("-inf")
        self._temperature_at = float("-inf")
        self.pipeline = PipelineWatch(
            hass, entry.title, options, lambda: self.data, self._show_pipeline
        )
        # A recognition came although the module did not answer when it was last polled.
        self.heard_in_outage = False
        self._users_read_at = float("-inf")
        # Until then people may come and go by requests that nobody answered.
        self._users_settle_at = float("-inf")
        self.outage = OutageWatch(self)
        self._config_listeners: list[Callable[[SystemConfig], None]] = []
        self._heartbeat_listeners: list[Callable[[float], None]] = []
        self._recognition_listeners: list[Callable[[Recognition], None]] = []

    @callback
    def async_subscribe_config(
        self, listener: Callable[[SystemConfig], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with every configuration that was read; returns the undo."""
        self._config_listeners.append(listener)
        return lambda: self._config_listeners.remove(listener)

    @callback
    def async_subscribe_recognitions(
        self, listener: Callable[[Recognition], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with every recognition callback; returns the undo."""
        self._recognition_listeners.append(listener)
        return lambda: self._recognition_listeners.remove(listener)

    @callback
    def async_subscribe_heartbeats(
        self, listener: Callable[[float], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` with the drift at every heartbeat; returns the undo."""
        self._heartbeat_listeners.append(listener)
        return lambda: self._heartbeat_listeners.remove(listener)

    # Polling

    @override
    async def _async_setup(self) -> None:
        """Make sure that this is the module the entry is about."""
        try:
            serial = await self.client.get_device_id()
            self.firmware = await self.client.get_software_version()
        except FaceModuleError as err:
            raise update_error(err, self.config_entry) from err
        if serial != self.serial:
            raise UpdateFailed(
                translation_domain=DOMAIN,
                translation_key="wrong_module",
                translation_placeholders={"module": self.config_entry.title},
            )

    @override
    async def _async_update_data(self) -> ModuleState:
        try:
            config = await self.client.get_config()
            user_count = await self._async_user_count()
        except FaceModuleError as err:
            if self.last_update_success and self.outage.expected:
                # The base class logs an error only for an outage that is news to it.
                self.last_update_success = False
                LOGGER.info("%s is restarting", self.name)
            raise update_error(err, self.config_entry) from err
        # Callbacks may have replaced the state while we waited.
        state = self.data or ModuleState(config=config)
        return replace(state, config=config, user_count=user_count)

    @override
    @callback
    def _async_refresh_finished(self) -> None:
        was_heard, self.heard_in_outage = self.heard_in_outage, False
        if self.last_update_success:
            self._async_config_read()
        elif was_heard:
            self.async_update_listeners()
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
    def async_apply(self, event: Callback) -> None:
        """Take in a callback that was checked to be this module's."""
        match event:
            case Heartbeat():
                self._apply_heartbeat(event)
            case PipelineStatus():
                self.pipeline.async_apply(event, self.age_of(event.timestamp))
            case Recognition():
                for listener in list(self._recognition_listeners):
                    listener(event)

    def _apply_heartbeat(self, beat: Heartbeat) -> None:
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
    def async_heard(self) -> None:
        """Take a visit for a sign of life, before a poll notices.

        Whoever came is shown at once, also if the module did not answer when asked last.
        """
        if not self.last_update_success:
            self.heard_in_outage = True
            self.async_update_listeners()

    @callback
    def async_show_present(self, present: tuple[Person, ...]) -> None:
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
