"""What the three callback slots of a module hold, and what they should hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from homeassistant.components import webhook

from ..client import CallbackKind, SystemConfig
from .addresses import is_made_of, same_address


@dataclass(slots=True, eq=False)
class Slots:
    """The slots of one module, as far as they concern us.

    `ids` are our webhooks, `interval` that of the heartbeats (s), `replace` the addresses
    of others that the user gave up. `base` is where the module is to call us, if anywhere.
    """

    ids: Mapping[str, str]
    interval: int
    replace: set[str]
    base: str | None = None
    # What the module made of our addresses, and what was written unseen.
    kept: dict[CallbackKind, str] = field(default_factory=dict)
    blind: dict[CallbackKind, str] = field(default_factory=dict)

    def url(self, kind: CallbackKind) -> str:
        """Return the address that a slot should hold."""
        return f"{self.base}{webhook.async_generate_path(self.ids[kind])}"

    def is_ours(self, kind: CallbackKind, config: SystemConfig) -> bool:
        """Say whether the module calls us for a kind, as far as it tells."""
        url = config.callback_urls.get(kind)
        return leads_to(url, self.ids[kind]) if url else kind in self.blind

    def foreign(self, config: SystemConfig) -> dict[CallbackKind, str]:
        """Return the addresses of others that nobody gave up."""
        return {
            kind: url
            for kind, url in config.callback_urls.items()
            if url
            and url not in self.replace
            and url != self.kept.get(kind)
            and not leads_to(url, self.ids[kind])
        }

    def wrong(self, config: SystemConfig) -> list[CallbackKind]:
        """Return the slots that may be written and do not hold what they should."""
        foreign = self.foreign(config)
        return [
            kind
            for kind in CallbackKind
            if kind not in foreign and self.is_wrong(kind, config)
        ]

    def is_wrong(self, kind: CallbackKind, config: SystemConfig) -> bool:
        """Say whether a slot holds something else; unseen it counts once it is written."""
        url = config.callback_urls.get(kind)
        if url is None:
            return self.blind.get(kind) != self.url(kind)
        if not same_address(url, self.url(kind)):
            return True
        interval = config.heartbeat_interval
        return kind is CallbackKind.HEARTBEAT and interval not in (None, self.interval)

    def awaits_heartbeats(self, config: SystemConfig) -> bool:
        """Say whether the module knows our present address for its heartbeats."""
        kind = CallbackKind.HEARTBEAT
        return kind not in self.foreign(config) and not self.is_wrong(kind, config)

    def read_back(self, kind: CallbackKind, config: SystemConfig) -> None:
        """Note what a slot holds that was just written."""
        url = config.callback_urls.get(kind)
        if url and is_made_of(url, self.url(kind)):
            self.kept[kind] = url


def leads_to(url: str, webhook_id: str) -> bool:
    """Say whether an address leads to one of our webhooks, under any of our names."""
    return url.rstrip("/").endswith(webhook.async_generate_path(webhook_id))
