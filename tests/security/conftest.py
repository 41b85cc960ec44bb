"""Somebody who visits the house: logged in, but no administrator."""

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.auth.models import Credentials
from homeassistant.auth.providers.homeassistant import HassAuthProvider
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser


@pytest.fixture(autouse=True)
async def furnished(request: pytest.FixtureRequest) -> None:
    """Set up what else a Home Assistant has, before its server starts."""
    if "hass" in request.fixturenames:
        hass: HomeAssistant = request.getfixturevalue("hass")
        behind = {"use_x_forwarded_for": True, "trusted_proxies": ["127.0.0.1"]}
        config = {"http": behind} if "proxy" in request.fixturenames else {}
        assert await async_setup_component(hass, "http", config)
        for domain in ("api", "config", "diagnostics"):
            assert await async_setup_component(hass, domain, {})


@pytest.fixture
def proxy() -> None:
    """A reverse proxy on this machine, which says for whom it asks."""


@pytest.fixture
async def guest(hass: HomeAssistant, local_auth: HassAuthProvider) -> MockUser:
    """A user who may operate everything, and administer nothing."""
    group = await hass.auth.async_get_group(GROUP_ID_USER)
    assert group is not None
    user: MockUser = MockUser(name="Guest", groups=[group]).add_to_hass(hass)
    assert not user.is_admin
    return user


@pytest.fixture
async def guest_token(hass: HomeAssistant, guest: MockUser) -> str:
    """The guest's access token."""
    credentials = Credentials(
        id="guest",
        auth_provider_type="homeassistant",
        auth_provider_id=None,
        data={"username": "guest"},
        is_new=False,
    )
    guest.credentials.append(credentials)
    refresh = await hass.auth.async_create_refresh_token(
        guest, CLIENT_ID, credential=credentials
    )
    return hass.auth.async_create_access_token(refresh)


@pytest.fixture
def as_guest(guest: MockUser) -> Context:
    """What the guest does."""
    return Context(user_id=guest.id)
