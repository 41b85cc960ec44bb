"""How the tests of the websocket commands ask, and put pictures."""

from typing import Any

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.pictures.prepare import prepare
from custom_components.face_module.pictures.uploads import DATA_UPLOADS
from simulator.portraits import portrait

HOSTILE = "<img src=x onerror=alert(1)>"


async def ask(client: MockHAClientWebSocket, kind: str, **fields: Any) -> Any:
    """Return the answer of a command that is fine."""
    await client.send_json_auto_id({"type": f"face_module/{kind}", **fields})
    answer = await client.receive_json()
    assert answer["success"], answer
    return answer["result"]


async def refused(client: MockHAClientWebSocket, kind: str, **fields: Any) -> str:
    """Return why a command is not done: the translation key, or the code."""
    await client.send_json_auto_id({"type": f"face_module/{kind}", **fields})
    answer = await client.receive_json()
    assert not answer["success"], answer
    assert "{" not in answer["error"]["message"]
    return str(answer["error"].get("translation_key") or answer["error"]["code"])


def put(hass: HomeAssistant, jpeg: bytes) -> str:
    """Return the id of a picture as if it was sent."""
    return hass.data[DATA_UPLOADS].async_put(prepare(jpeg).jpeg)


def photo(hass: HomeAssistant, name: str, variation: int = 0, **looks: Any) -> str:
    return put(hass, portrait(name, variation=variation, **looks))
