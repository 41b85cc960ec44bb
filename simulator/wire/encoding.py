"""How answers and callbacks look as bytes, with the document's typography."""

import json
import re
from typing import Any

from simulator.quirks import Quirks

# A structural line end before a closing bracket: strings never contain a bare
# line feed once they are JSON. Empty objects and lists have none.
_COMMA, _COLON = "\uff0c", "\uff1a"  # the full-width ones
_CLOSING = re.compile(r"(?<=[^\[{,])\n( *)([}\]])")


def encode(value: Any, quirks: Quirks, *, answer: bool = True) -> bytes:
    """Return `value` as the module writes it.

    Typographic quotes appear in answers only; a callback with them would not
    be the document's.
    """
    if quirks.curly_quotes and answer:
        text = _curly(value, trailing=_COMMA if quirks.trailing_commas else "")
    else:
        text = json.dumps(value, ensure_ascii=False, indent=4)
        if quirks.trailing_commas:
            text = _CLOSING.sub(r",\n\1\2", text)
    # Broken bytes are what `Quirk.name` made of a name.
    return quirks.data(quirks.text(text).encode(quirks.charset, "surrogateescape"))


def _curly(value: Any, *, trailing: str) -> str:
    """Return JSON in the typography of examples 3.2.3 and 3.2.4."""
    if isinstance(value, str):
        return f"“{json.dumps(value, ensure_ascii=False)[1:-1]}”"
    if isinstance(value, dict):
        members = [
            f"“{key}”{_COLON if key == 'register_img' else ': '}"
            f"{_curly(item, trailing=trailing)}"
            for key, item in value.items()
        ]
        return "{\n" + f"{_COMMA}\n".join(members) + (trailing if members else "") + "\n}"
    if isinstance(value, list):
        items = [_curly(item, trailing=trailing) for item in value]
        return "[" + f"{_COMMA}\n".join(items) + (trailing if items else "") + "]"
    return json.dumps(value)
