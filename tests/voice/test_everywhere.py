"""What voice asks of all modules: of the right person, and of those that are away, too."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import llm

from custom_components.face_module.const import CONF_VOICE_CHANGES
from tests.common import eventually
from tests.conftest import settle
from tests.test_llm import admin, use  # noqa: F401
from tests.voice.asking import House, Second, assist, house, second  # noqa: F401


async def test_of_two_who_share_an_id_the_one_is_meant_who_is_named(
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
) -> None:
    other, _ = second
    house.module.add_user("0003", "Berta Klein")
    other.add_user("0003", "Bert Groß")
    await house.module.walk_by("0003", score=0.97)
    await settle(house.hass)
    assert await house.answer("when was Bert Groß last seen") == (
        "I know nobody called Bert Groß."
    )
    await other.walk_by("0003", score=0.97)
    await settle(house.hass)
    told = await house.answer("when was Berta Klein last seen")
    assert told.endswith("at Front door.")
    told = await house.answer("when was Bert Groß last seen")
    assert told.endswith("at Back door.")
    came = await house.answer("who came today")
    assert "Berta Klein" in came
    assert "Bert Groß" in came
    assert (await house.answer("forget the face of Bert")).startswith("Shall I delete Bert")
    assert await house.answer("yes, forget Berta") == (
        "There is nothing to confirm. First say: forget the face of Berta Klein."
    )
    await house.answer("forget the face of Bert")
    assert await house.answer("yes, forget Bert") == "I have forgotten Bert Groß."
    assert "0003" not in other.users
    assert house.module.users["0003"].name == "Berta Klein"


async def test_two_who_share_an_id_and_a_first_name_are_told_apart(
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
    admin: llm.LLMContext,  # noqa: F811
) -> None:
    other, _ = second
    house.module.add_user("0003", "Eva Klein")
    other.add_user("0003", "Eva Groß")
    for one in (house.module, other):
        await one.walk_by("0003", score=0.97)
    await settle(house.hass)
    told = await house.answer("forget the face of Eva")
    assert told == "I know 2 people called Eva. Please say the full name."
    both = await use(house.hass, admin, "delete_person", name="0003")
    assert both.data["error"] == "2 people have that full name or user id"
    renamed = await use(
        house.hass, admin, "rename_person", name="Eva Groß", new_name="Eva Lang"
    )
    assert renamed.data == {"name": "Eva Lang", "modules": ["Back door"]}
    assert other.users["0003"].name == "Eva Lang"
    assert house.module.users["0003"].name == "Eva Klein"


async def test_who_was_renamed_is_no_longer_called_so_and_was_seen_all_the_same(
    house: House,  # noqa: F811
    admin: llm.LLMContext,  # noqa: F811
) -> None:
    await house.enroll("Zoe")
    await house.module.walk_by("zoe", score=0.97)
    await settle(house.hass)
    await use(house.hass, admin, "rename_person", name="Zoe", new_name="Mia")
    assert (await house.answer("when was Mia last seen")).startswith("Mia was last seen")
    assert await house.answer("forget the face of Zoe") == "I know nobody called Zoe."
    await house.answer("forget the face of Mia")
    assert await house.answer("yes, forget Mia") == "I have forgotten Mia."
    assert "zoe" not in house.module.users


async def test_who_is_forgotten_by_voice_is_by_a_module_that_is_away_when_it_is_back(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
) -> None:
    other, entry = second
    assert await house.enroll("Zoe") == "Done. From now on I know Zoe."
    assert "zoe" in other.users
    await hass.config_entries.async_unload(entry.entry_id)
    asked = await house.answer("forget the face of Zoe")
    assert asked == "Shall I delete Zoe from all modules? Then say: yes, forget Zoe."
    assert await house.answer("yes, forget Zoe") == (
        "I have forgotten Zoe, and will on Back door when it is back."
    )
    assert "zoe" not in house.module.users
    assert "zoe" in other.users
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: "zoe" not in other.users)


async def test_a_module_that_voice_may_not_change_is_not_waited_for(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
) -> None:
    other, entry = second
    hall: dict[str, Any] = {"satellite_id": "assist_satellite.hall"}
    await house.enroll("Zoe")
    await house.set_options(entry, **{CONF_VOICE_CHANGES: "off"})
    await hass.config_entries.async_unload(entry.entry_id)
    asked = await house.answer("forget the face of Zoe", **hall)
    assert asked == "Shall I delete Zoe from Front door? Then say: yes, forget Zoe."
    assert await house.answer("yes, forget Zoe", **hall) == "I have forgotten Zoe."
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert "zoe" not in house.module.users
    assert "zoe" in other.users


async def test_a_model_changes_a_module_that_is_away_when_it_is_back(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
    admin: llm.LLMContext,  # noqa: F811
) -> None:
    other, entry = second
    await house.enroll("Zoe")
    await hass.config_entries.async_unload(entry.entry_id)
    renamed = await use(hass, admin, "rename_person", name="Zoe", new_name="Mia")
    assert renamed.data == {"name": "Mia", "modules": ["Front door", "Back door"]}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: "zoe" in other.users and other.users["zoe"].name == "Mia")
    await hass.config_entries.async_unload(entry.entry_id)
    asked = await use(hass, admin, "delete_person", name="Mia")
    confirmed = {"name": "Mia", "confirm": asked.data["confirm"]}
    deleted = await use(hass, admin, "delete_person", **confirmed)
    assert deleted.data == {
        "deleted": {"name": "Mia", "user_id": "zoe"},
        "when_back": ["Back door"],
    }
    assert await hass.config_entries.async_setup(entry.entry_id)
    await eventually(lambda: "zoe" not in other.users)
