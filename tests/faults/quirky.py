"""The quirks of the campaign: which go together, and what need not work under which.

What can be understood must work as with a module that does what its document says. What
a quirk makes impossible is named here, with the words that a user must find then.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, fields
from itertools import combinations
from typing import Final

from custom_components.face_module.client import calls
from simulator import Quirks

from .main_path import PATH, TELLING

QUIRKS: Final = tuple(item.name for item in fields(Quirks))

WRITES: Final = frozenset(
    call.name
    for call in vars(calls).values()
    if isinstance(call, calls.Call) and call.write
)

# Two ways to do the same thing.
_EXCLUDING: Final = (
    {"multiface_by_2949", "multiface_2985_ignored"},
    {"null_lists", "missing_lists"},
    {"null_callbacks", "missing_callbacks"},
    {"slash_shown", "slash_added"},
    {"cut_names", "cut_names_by_two"},
    {"floats_for_integers", "strings_in_answers"},
    {"floats_for_integers", "strings_in_callbacks"},
    {"floats_for_integers", "numbers_as_strings"},
    {"numeric_ids", "strings_in_answers"},
    {"numeric_ids", "strings_in_callbacks"},
)


@dataclass(frozen=True, slots=True)
class Excuse:
    """Repairs, or errors of actions, one of which says why some steps cannot be met."""

    words: frozenset[str]
    steps: frozenset[str]


_TOLD: Final = frozenset(TELLING)
EXCUSES: Final = {
    "other_serial": Excuse(frozenset({"other_module"}), frozenset(PATH)),
    "refuses_callbacks": Excuse(frozenset({"address_not_kept"}), _TOLD),
    "slash_added": Excuse(frozenset({"callbacks_unreachable", "address_not_kept"}), _TOLD),
}
# An id that is not ASCII, in a charset that has to be guessed, beside a broken name.
_CUT: Final = {"cut_names", "cut_names_by_two"}
_GARBLED: Final = Excuse(frozenset({"callbacks_not_understood"}), frozenset({"rejected"}))
# What an operation of operations.py cannot do, and the error that says so.
CANNOT: Final = {
    # The only picture with which somebody could be put back is the module's.
    ("no_register_img", "rename"): "no_old_picture",
    ("no_register_img", "another picture"): "no_old_picture",
    ("no_register_img", "enroll in place of"): "no_old_picture",
    ("refuses_callbacks", "request"): "no_callback",
}
# What nobody can see, and so nobody can do.
HIDDEN: Final = frozenset(
    {
        ("missing_callbacks", "take addresses over"),
        # Who cannot be put back is not changed, so no change is half done.
        ("no_register_img", "repair a change"),
    }
)
# Of whom there is no picture, nothing can be given on; the answer names them.
NAMED: Final = frozenset(
    {
        ("no_register_img", name)
        for name in (
            *("export", "sync from it", "mirror from it", "roster from it"),
            *("import again", "mirror to it"),
        )
    }
)
# What is answered otherwise by right: the picture is another one than the source has, and
# where nobody is heard of, nobody is there (callbacks_unreachable says it in its time).
OTHERWISE: Final = frozenset(
    {
        ("shrinks_pictures", name)
        for name in ("plan for it", "mirror to it", "mirror from it")
    }
    | {("no_register_img", "plan for it"), ("slash_added", "request")}
)
# What is different on the module by right.
DIFFERENT: Final = frozenset(
    {
        ("restore_resets_password", "password"),
        ("no_register_img", "others"),
        # It comes with the address.
        ("refuses_callbacks", "interval_time"),
    }
)
ADDRESSES: Final = (
    "SetRecognitionCallback",
    "SetDeviceHeartBeatCallback",
    "SetPipelineStatusCallback",
)
# What is written once more by right.
TWICE: Final = {
    # A write that is refused may have wanted the password under another name.
    "wants_capital_pass": ("SetLivenessType",),
    # It did nothing, so it is said as the example says it.
    "multiface_2985_ignored": ("SetMultiFaceDetectEnable",),
    # Whether they are still there cannot be read after a reload.
    "missing_callbacks": ADDRESSES,
    # The picture is another one than the source has.
    "shrinks_pictures": ("DeleteUser", "AddUser"),
}
# Operations that make another entry, of whichever module is there.
OF_THE_NEXT: Final = frozenset({"remove", "add"})


def pairs() -> Iterator[tuple[str, str]]:
    """Return all pairs of quirks that go together."""
    for pair in combinations(QUIRKS, 2):
        if set(pair) not in _EXCLUDING:
            yield pair


def excuses_of(names: Collection[str]) -> list[Excuse]:
    """Return what need not be met under some quirks."""
    found = [EXCUSES[name] for name in names if name in EXCUSES]
    if "gb18030" in names and _CUT & set(names):
        found.append(_GARBLED)
    return found


def unexcused(
    names: Collection[str], wrong: dict[str, str | None], repairs: Collection[str]
) -> list[str]:
    """Return what was not met, and of which nobody says in words why not."""
    return [
        f"{step}: {what}"
        for step, what in wrong.items()
        if what is not None and not is_excused(names, step, repairs)
    ]


def is_excused(names: Collection[str], step: str, repairs: Collection[str]) -> bool:
    """Say whether repairs say why a step cannot be met under some quirks."""
    return any(step in one.steps and one.words & set(repairs) for one in excuses_of(names))
