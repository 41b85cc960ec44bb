"""One person on all modules that are set up: another name, or gone."""

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .errors import translated_errors
from .ids import async_forget_if_nowhere
from .models import FaceModuleConfigEntry, loaded_entries


async def async_rename_everywhere(
    hass: HomeAssistant, user_id: str, name: str
) -> list[FaceModuleConfigEntry]:
    """Change the name on every module that has somebody; return those modules.

    Ends with the first that fails; raises HomeAssistantError. GetUserInfo, DeleteUser,
    AddUser.
    """
    changed = []
    for entry in loaded_entries(hass):
        people = entry.runtime_data.people
        async with translated_errors(hass, entry):
            if await people.async_known(user_id) is not None:
                await people.async_update(user_id, name, None)
                changed.append(entry)
    return changed


async def async_delete_everywhere(
    hass: HomeAssistant, user_id: str
) -> list[FaceModuleConfigEntry]:
    """Delete somebody from all modules; return those where it failed.

    GetUserInfo, DeleteUser.
    """
    failed = []
    for entry in loaded_entries(hass):
        people = entry.runtime_data.people
        try:
            async with translated_errors(hass, entry):
                if await people.async_known(user_id) is not None:
                    await people.async_delete(user_id)
        except HomeAssistantError:
            failed.append(entry)
    await async_forget_if_nowhere(hass, user_id)
    return failed
