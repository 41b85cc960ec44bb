"""The forms of the config flow, and the checks of what was typed into them."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface
import re
from typing import Any, Final

from homeassistant.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    UnitOfRatio,
    UnitOfTime,
)
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from ..client import DEFAULT_PORT
from ..const import (
    CONF_BOOK_DAYS,
    CONF_CALLBACK_BASE_URL,
    CONF_CONFIRMATION_WINDOW,
    CONF_CONFIRMATIONS,
    CONF_ENROLLMENT_CAMERA,
    CONF_HEARTBEAT_INTERVAL,
    CONF_HISTORY_DAYS,
    CONF_HISTORY_SIZE,
    CONF_KEEP_CLOCK_SET,
    CONF_MASK_THRESHOLD,
    CONF_MAX_AGE,
    CONF_MINIMUM_LIVENESS,
    CONF_MINIMUM_SCORE,
    CONF_MINIMUM_SCORE_EYES,
    CONF_PRESENCE_TIMEOUT,
    CONF_PUBLISH_MQTT,
    CONF_PUBLISH_PICTURES,
    CONF_REMEMBER_STRANGERS,
    CONF_REQUIRE_LIVENESS,
    CONF_SCORE_INTERVAL,
    CONF_VISIT_WINDOW,
    CONF_VOICE_CHANGES,
    MAX_CONFIRMATIONS,
)
from ..options import VoiceChanges

SECTION_ADVANCED: Final = "advanced"
CONF_NEW_PASSWORD: Final = "new_password"  # noqa: S105
CONF_DEVICE_IP: Final = "device_ip"
# How a callback base URL may look.
EXAMPLE_URL: Final = "http://192.168.1.10:8123"
CONF_NETMASK: Final = "netmask"
CONF_GATEWAY: Final = "gateway"

_PASSWORD: Final = re.compile(r"[A-Za-z0-9]{6}", re.ASCII)
_HOST: Final = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?", re.ASCII)
# No name looks like this: it is meant as an IP address.
_NUMBERS: Final = re.compile(r"[0-9.]+", re.ASCII)


def _password(autocomplete: str) -> TextSelector:
    return TextSelector(
        TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete=autocomplete)
    )


def _whole(minimum: int, maximum: int, unit: str | None = None) -> Any:
    config = NumberSelectorConfig(
        min=minimum, max=maximum, step=1, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return vol.All(NumberSelector(config), vol.Coerce(int))


PASSWORD: Final = vol.Schema({vol.Required(CONF_PASSWORD): _password("current-password")})
NEW_PASSWORD: Final = vol.Schema(
    {vol.Required(CONF_NEW_PASSWORD): _password("new-password")}
)
OTHER_PASSWORD: Final = vol.Schema(
    {vol.Optional(CONF_NEW_PASSWORD): _password("new-password")}
)
NETWORK: Final = vol.Schema(
    {
        vol.Required(CONF_DEVICE_IP): TextSelector(),
        vol.Required(CONF_NETMASK): TextSelector(),
        vol.Required(CONF_GATEWAY): TextSelector(),
    }
)
# Sections only group the form; options are kept flat.
OPTION_SECTIONS: Final = {
    "trust": vol.Schema(
        {
            vol.Required(CONF_MAX_AGE): _whole(1, 300, "s"),
            vol.Required(CONF_MINIMUM_SCORE): _whole(0, 100, UnitOfRatio.PERCENTAGE),
            vol.Required(CONF_MINIMUM_SCORE_EYES): _whole(0, 100, UnitOfRatio.PERCENTAGE),
            vol.Required(CONF_REQUIRE_LIVENESS): BooleanSelector(),
            vol.Required(CONF_MINIMUM_LIVENESS): _whole(0, 100, UnitOfRatio.PERCENTAGE),
            vol.Required(CONF_CONFIRMATIONS): _whole(1, MAX_CONFIRMATIONS),
            vol.Required(CONF_CONFIRMATION_WINDOW): _whole(1, 60, "s"),
        }
    ),
    "visits": vol.Schema(
        {
            vol.Required(CONF_VISIT_WINDOW): _whole(0, 300, "s"),
            vol.Required(CONF_PRESENCE_TIMEOUT): _whole(1, 3600, "s"),
            vol.Required(CONF_HISTORY_SIZE): _whole(10, 2000),
            vol.Required(CONF_HISTORY_DAYS): _whole(1, 365, UnitOfTime.DAYS),
            vol.Required(CONF_BOOK_DAYS): _whole(0, 3650, UnitOfTime.DAYS),
            vol.Required(CONF_REMEMBER_STRANGERS): BooleanSelector(),
        }
    ),
    "voice": vol.Schema(
        {
            vol.Optional(CONF_ENROLLMENT_CAMERA): EntitySelector(
                EntitySelectorConfig(filter={"domain": ["camera", "image"]})
            ),
            vol.Required(CONF_VOICE_CHANGES): SelectSelector(
                SelectSelectorConfig(
                    options=[*VoiceChanges],
                    translation_key=CONF_VOICE_CHANGES,
                    mode=SelectSelectorMode.LIST,
                )
            ),
        }
    ),
    "houses": vol.Schema(
        {
            vol.Required(CONF_PUBLISH_MQTT): BooleanSelector(),
            vol.Required(CONF_PUBLISH_PICTURES): BooleanSelector(),
        }
    ),
}
OPTIONS: Final = vol.Schema(
    {
        vol.Optional(CONF_CALLBACK_BASE_URL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.URL)
        ),
        vol.Required(CONF_HEARTBEAT_INTERVAL): _whole(1, 300, "s"),
        vol.Required(CONF_SCORE_INTERVAL): _whole(1, 300, "s"),
        vol.Required(CONF_MASK_THRESHOLD): _whole(0, 100, UnitOfRatio.PERCENTAGE),
        vol.Required(CONF_KEEP_CLOCK_SET): BooleanSelector(),
        **{
            vol.Required(name): section(schema, {"collapsed": False})
            for name, schema in OPTION_SECTIONS.items()
        },
    }
)


def connection_form(known: Mapping[str, Any], *, ask_password: bool = True) -> vol.Schema:
    """Return the form for host, password and port, filled with what is known.

    With `ask_password` off the password may be left out.
    """
    password = vol.Required if ask_password else vol.Optional
    typed = {"suggested_value": known.get(CONF_PASSWORD)}
    advanced = known.get(SECTION_ADVANCED, {})
    return vol.Schema(
        {
            vol.Required(CONF_HOST, default=known.get(CONF_HOST, vol.UNDEFINED)): (
                TextSelector()
            ),
            password(CONF_PASSWORD, description=typed): _password("current-password"),
            vol.Required(SECTION_ADVANCED): section(
                vol.Schema(
                    {
                        vol.Required(
                            CONF_PORT, default=advanced.get(CONF_PORT, DEFAULT_PORT)
                        ): _whole(1, 65535)
                    }
                ),
                # What may be wrong is not hidden.
                {"collapsed": advanced.get(CONF_PORT, DEFAULT_PORT) == DEFAULT_PORT},
            ),
        }
    )


def kept(user_input: Mapping[str, Any] | None, errors: Mapping[str, str]) -> dict[str, Any]:
    """Return what is shown once more: all but a password that is wrong."""
    wrong = CONF_PASSWORD if "invalid_auth" in errors.values() else None
    return {key: value for key, value in (user_input or {}).items() if key != wrong}


def host_and_port(text: str, port: int) -> tuple[str, int]:
    """Return host and port; people paste whole addresses, so those are understood.

    Raises ValueError when there is no host in it, or a wrong IP address.
    """
    text = text.strip()
    url = URL(text if "://" in text else f"http://{text}")
    if url.scheme != "http" or not url.host or not _HOST.fullmatch(url.host):
        raise ValueError(text)
    if _NUMBERS.fullmatch(url.host):
        IPv4Address(url.host)
    return url.host, url.explicit_port or port


def base_url(text: str) -> str:
    """Return scheme, host and port of a base URL; raises ValueError when it is none."""
    url = URL(text.strip())
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError(text)
    return str(url.origin())


def is_password(text: str) -> bool:
    """Say whether the module takes this as its password: 6 letters or digits."""
    return _PASSWORD.fullmatch(text) is not None


def network_errors(network: Mapping[str, str]) -> dict[str, str]:
    """Return the errors of a network form: field to translation key."""
    errors: dict[str, str] = {}
    for key in (CONF_DEVICE_IP, CONF_GATEWAY):
        try:
            IPv4Address(network[key])
        except ValueError:
            errors[key] = "invalid_ip"
    try:
        interface = IPv4Interface(f"0.0.0.0/{network[CONF_NETMASK]}")
    except ValueError:
        errors[CONF_NETMASK] = "invalid_netmask"
    else:
        # "/24" would be understood by Python, but not by the module.
        if str(interface.netmask) != network[CONF_NETMASK]:
            errors[CONF_NETMASK] = "invalid_netmask"
    if not errors:
        lan = IPv4Interface(f"{network[CONF_DEVICE_IP]}/{network[CONF_NETMASK]}").network
        if IPv4Address(network[CONF_GATEWAY]) not in lan:
            errors[CONF_GATEWAY] = "gateway_elsewhere"
    return errors
