"""Names, ids and words of a module that are markup: they stay what they are, text."""

from base64 import b64encode
from pathlib import Path
import re
from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.texts import plain
from simulator import SimulatedModule
from simulator.calls.fields import RefusedError
from simulator.portraits import portrait, scenery
from simulator.wire.server import Server
from tests.common import device_of, perform, poll, state_of, visits_of
from tests.conftest import settle

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "[door](javascript:alert(1))",
    "![x](https://evil.example/seen.png)",
    "https://evil.example",
    "www.evil.example",
    "a@evil.example",
    "**bold** _it_ ~~no~~ `code`",
    "| a | b |",
    "# title",
    "{{ states('sensor.x') }}",
    "{name} {score}",
    "%s %(name)s",
    "&lt;script&gt;",
    "'; DROP TABLE states;--",
)
# Signs that begin something in Markdown or HTML, and no backslash before them.
_MARKUP = re.compile(r"(?<!\\)(?:\\\\)*[<>\[\]`*_#|~!@]|(?i:www\.|https?:)")


def assert_plain(text: str) -> None:
    assert _MARKUP.search(text) is None, text


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_escaped_begins_no_markup_and_loses_nothing(name: str) -> None:
    assert_plain(plain(name))
    assert re.sub(r"\\(.)", r"\1", plain(name)) == name
    assert "\n" not in plain(f"{name}\n\n# more")


def test_the_check_of_this_file_finds_markup() -> None:
    found = [name for name in HOSTILE if _MARKUP.search(name)]
    assert len(found) == 10


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_name_is_data_wherever_data_is_shown_as_text(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
    name: str,
) -> None:
    await module.send_recognition("anna", username=name)
    await settle(hass)
    event = state_of(hass, "event.recognition")
    assert event.attributes["name"] == name
    assert state_of(hass, "sensor.last_person").state == name
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id({"type": f"{DOMAIN}/visits/subscribe"})
    await socket.receive_json()
    told = (await socket.receive_json())["event"]
    assert told["visits"][0]["name"] == name
    # Nothing is named after people: ids of entities, files, addresses.
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert len(entities) > 20
    for entity in entities:
        state = hass.states.get(entity.entity_id)
        assert name not in f"{entity.entity_id} {entity.unique_id} {entity.original_name}"
        assert state is None or name not in (state.name, state.attributes.get("icon"))
    folder = Path(hass.config.path(DOMAIN))
    visit_id = visits_of(entry)[0].visit_id
    files = {path.stem for path in folder.rglob("*.*")}
    assert files == {visit_id, "visits"}


async def test_no_name_is_markup_in_a_notification(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, pictures: Path
) -> None:
    rows = ["file,name"]
    for number, name in enumerate(HOSTILE):
        (pictures / f"{number}.jpg").write_bytes(scenery())
        rows.append(f'{number}.jpg,"{name}"')
    names = [name for name in HOSTILE if "/" not in name]
    for name in names:
        (pictures / f"{name}.jpg").write_bytes(scenery())
    (pictures / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    hass.config_entries.async_update_entry(entry, title="<b>[Door](x)</b>")
    data = {"device_id": device_of(hass, entry), "path": str(pictures)}
    await perform(hass, "import_users", **data)
    found = persistent_notification._async_get_or_create_notifications(hass)
    (notification,) = found.values()
    heading, _, lines = notification["message"].partition("\n")
    assert "Door" in heading
    assert_plain(heading)
    assert len(lines.splitlines()) > 20
    for line in lines.splitlines():
        assert_plain(line)


async def test_no_word_of_a_module_is_markup_in_a_repair(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    for url in (
        "http://<img src=x onerror=alert(1)>/a",
        "http://<img src=\\\\evil.example\\x>/",
        "http://`code`/",
        "http://a*b*c/",
        "javascript:alert(1)//x",
        "ftp://192.0.2.7/x",
        "http://" + "a" * 300 + "/",
    ):
        module.config.recognition_cb_url = url
        await poll(hass)
        issue = ir.async_get(hass).async_get_issue(
            DOMAIN, f"callback_taken_{entry.entry_id}"
        )
        assert issue.translation_placeholders["addresses"] == "?"
    module.config.recognition_cb_url = "http://user:secret@My_NAS.lan:80/key"
    module.config.status_cb_url = "http://[2001:db8::1]:8080/key"
    await poll(hass)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"callback_taken_{entry.entry_id}")
    assert issue.translation_placeholders["addresses"] == (
        "http://[2001:db8::1]:8080, http://my_nas.lan"
    )


async def test_no_word_of_a_module_is_markup_in_a_dialog(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for user_id in HOSTILE:
        module.add_user(user_id, "Odd")
        options = hass.config_entries.options
        flow = await options.async_init(entry.entry_id)
        await options.async_configure(flow["flow_id"], {"next_step_id": "people"})
        form = await options.async_configure(flow["flow_id"], {"user_id": user_id})
        assert form["step_id"] == "person"
        assert form["description_placeholders"]["user_id"] == plain(user_id)
        options.async_abort(flow["flow_id"])

    # The module refuses to show its network, in words that are a picture of elsewhere.
    async def refuse(self: Server, *_: object) -> dict[str, Any]:
        raise RefusedError("![x](https://evil.example/seen.png)")

    monkeypatch.setattr(Server, "_call", refuse)
    flow_id = (
        await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
        )
    )["flow_id"]
    result = await hass.config_entries.flow.async_configure(
        flow_id, {"next_step_id": "network"}
    )
    assert result["reason"] == "cannot_connect"
    # A refusal here means the password, and that is said in our words.
    assert "evil" not in result["description_placeholders"]["log"]
    assert_plain(result["description_placeholders"]["log"])


async def test_a_picture_that_is_also_a_page_is_served_as_a_picture(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
) -> None:
    page = b"<html><script>alert(1)</script></html>"
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    client = await hass_client()
    for number, body in enumerate((page, svg, b"GIF89a" + page)):
        image = b64encode(body).decode()
        await module.send_recognition(f"p{number}", image=image)
        await settle(hass)
        assert visits_of(entry)[0].content_type is None
    image = b64encode(portrait("Anna") + page).decode()
    await module.send_recognition("anna", image=image)
    await settle(hass)
    visit = visits_of(entry)[0]
    answer = await client.get(f"/api/{DOMAIN}/visits/{visit.entry_id}/{visit.visit_id}")
    assert answer.content_type == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    # What is enrolled is made anew: nothing but the picture is left of it.
    taken = await client.post(f"/api/{DOMAIN}/pictures", data=portrait("Ben") + page)
    shown = await client.get(f"/api/{DOMAIN}/pictures/{(await taken.json())['picture_id']}")
    assert b"script" not in await shown.read()
