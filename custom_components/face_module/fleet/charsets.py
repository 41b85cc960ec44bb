"""Text of which nobody says how it is written: the charset that fits best.

Guesses go by where Home Assistant is: the charsets of its language first, then those of
its country, and what decodes cleanly into words that somebody there writes wins. Where
nothing of the home does, the world is tried, helped by charset-normalizer (which Home
Assistant brings). Blocking.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from itertools import pairwise
import re
from typing import Final, NamedTuple
import unicodedata

from charset_normalizer import from_bytes

from .languages import WRITTEN, Written, languages_of

_BOMS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LABELS: Final = {
    "gb18030": "GBK",
    "cp932": "Shift-JIS",
    "cp949": "EUC-KR",
    "cp950": "Big5",
    "big5hkscs": "Big5",
}
# So much (bytes) is looked at: more says nothing new. Fewer where the world is tried.
_SAMPLE: Final = 16 * 1024
_SMALL_SAMPLE: Final = 2 * 1024
# What a charset must be better by than the one before it.
_STEP: Final = 0.02
# From here on the world is tried, and what it must be better by.
_ODD: Final = 0.3
_ABROAD: Final = 0.3
_OWN_CHARSET: Final = 0.1
_NOT_GUESSED: Final = 0.05
# The module comes from China, and some tables with it.
_MAKERS: Final = 0.1
# A table is no table of people when its best reading is as odd as this.
_NONSENSE: Final = 1.0
# So many characters are UTF-8 by chance.
_CHANCE: Final = 3
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
# What people write besides letters, and which of it in the middle of words.
_USUAL: Final = frozenset("‘“”„«»–—…。、，；：（）「」『』【】《》〈〉！？～\u3000")
_OPENING: Final = "‘„«"
_IN_WORDS: Final = frozenset("’·・ー々〆ヶ\u200c\u200d\u200e\u200f")
# The characters of each day are a block of their own: a charset that has them, and there
# the first bytes.
_EACH_DAY: Final = {
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "cp950": ("big5", range(0xA4, 0xC7)),
    "big5hkscs": ("big5", range(0xA4, 0xC7)),
    "cp932": ("shift_jis", range(0x88, 0x98)),
    "euc_jp": ("shift_jis", range(0x88, 0x98)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
    "johab": ("euc_kr", range(0xB0, 0xC9)),
}
# Who uses which charset.
_ABROAD_USERS: Final = {
    charset: [written for written in WRITTEN.values() if charset in written.charsets]
    for charset in dict.fromkeys(c for w in WRITTEN.values() for c in w.charsets)
}
_EAST_ASIAN: Final = ("CJK", "HANGUL")


class Home(NamedTuple):
    """Where Home Assistant is: `hass.config.language` and `hass.config.country`."""

    language: str = "en"
    country: str | None = None


class Decoded(NamedTuple):
    """A text, and the charset if nothing but a guess says that it is this one."""

    text: str
    guess: str | None = None


def decode_table(data: bytes, home: Home, fits: Callable[[str], bool]) -> Decoded:
    """Return the text of a table; raises UnicodeError when no charset fits.

    `fits` says of the text of the first lines whether they begin a table: what does goes
    before what does not.
    """
    for bom, charset in _BOMS:
        if data.startswith(bom):
            return Decoded(data.decode(charset))
    if b"\0" in data[:_SAMPLE]:
        # Each comma and line end has a byte of zeros, on one side or the other.
        even, odd = (data[start:_SAMPLE:2].count(0) for start in (0, 1))
        return Decoded(data.decode("utf-16-be" if even > odd else "utf-16-le"))
    lines = data.splitlines()
    sample = b"\n".join(line for line in lines if not line.isascii())
    if _is_utf8(sample, home):
        return Decoded(data.decode())
    head = b"\n".join(lines[:2])
    for abroad in (False, True):
        found = _ranked(sample, home, abroad=abroad)
        ranked = [charset for odd, charset in found if odd < _NONSENSE]
        ranked.sort(key=lambda charset: not fits(head.decode(charset, "replace")))
        if ranked and fits(head.decode(ranked[0], "replace")):
            break
    for charset in ranked:
        with suppress(UnicodeDecodeError):
            return Decoded(data.decode(charset), _label(charset))
    raise UnicodeError("No charset fits")


def decode_names(raws: Iterable[bytes], home: Home) -> tuple[dict[bytes, str], str | None]:
    """Return file names of one zip or disk as text, and the charset that was guessed."""
    names = {raw: raw.decode() for raw in raws if raw.isascii()}
    left = [raw for raw in raws if raw not in names]
    if _is_utf8(b"\n".join(left), home):
        return names | {raw: raw.decode() for raw in left}, None
    # Perhaps two systems packed it: macOS does not say so when it writes UTF-8.
    names |= {raw: raw.decode() for raw in left if _is_utf8(raw, home)}
    left = [raw for raw in left if raw not in names]
    ranked = _ranked(b"\n".join(left), home, names=True)
    # cp437 has a character for every byte.
    charsets = [charset for _, charset in ranked] or ["cp437"]
    for raw in left:
        for charset in (*charsets, "cp437"):
            with suppress(UnicodeDecodeError):
                names[raw] = raw.decode(charset)
                break
    return names, _label(charsets[0])


def _label(charset: str) -> str | None:
    """Return what people call a charset, None for UTF-8: that is no guess."""
    if charset == "utf-8":
        return None
    if charset.startswith("cp125"):
        return f"Windows-{charset[2:]}"
    return _LABELS.get(charset, charset.upper().replace("_", "-"))


def _is_utf8(data: bytes, home: Home) -> bool:
    """Return if bytes are UTF-8, not by chance."""
    if (text := _decoded(data, "utf-8")) is None:
        return False
    # A few letters of two bytes may be as many characters of East Asia.
    few = len(data) - sum(map(str.isascii, text)) <= 2 * _CHANCE
    return not (few and max(text, default="") < "\u0800" and _is_east_asian(home))


def _is_east_asian(home: Home) -> bool:
    languages = languages_of(home.language, home.country)
    return any(
        charset in _EACH_DAY for name in languages for charset in WRITTEN[name].charsets
    )


def _decoded(data: bytes, charset: str) -> str | None:
    with suppress(UnicodeDecodeError):
        return unicodedata.normalize("NFC", data.decode(charset))
    return None


def _cut(sample: bytes, size: int) -> bytes:
    """Return the first lines of a sample."""
    if len(sample) <= size:
        return sample
    return sample[: sample.rfind(b"\n", 0, size) if b"\n" in sample[:size] else size]


def _ranked(
    sample: bytes, home: Home, *, names: bool = False, abroad: bool = False
) -> list[tuple[float, str]]:
    """Return the charsets a text may be in, how odd it would be, the least odd first.

    `abroad`: try the world, too, even if something of the home is not odd.
    """
    sample = _cut(sample, _SAMPLE)
    found: dict[str, float] = {}
    languages = [WRITTEN[name] for name in languages_of(home.language, home.country)]
    ours = _both(*languages)
    charsets = (c for w in languages for c in _in_order(w.charsets, names=names))
    for place, charset in enumerate(dict.fromkeys(("utf-8", *charsets))):
        if (text := _decoded(sample, charset)) is not None:
            found[charset] = _oddness(text, charset, ours) + place * _STEP
    odd = min(found.values(), default=_ODD) >= _ODD
    if abroad or (odd and "utf-8" not in found):
        _add_abroad(found, _cut(sample, _SMALL_SAMPLE), ours)
    return sorted((odd, charset) for charset, odd in found.items())


def _add_abroad(found: dict[str, float], sample: bytes, ours: Written) -> None:
    """Add what a text is as that of another language."""
    texts = {
        charset: text
        for charset in _ABROAD_USERS
        if (text := _decoded(sample, charset)) is not None
    }
    guesses = {
        charset
        for match in from_bytes(sample, cp_isolation=[*texts], steps=1)
        for charset in match.could_be_from_charset
    }
    best = min(found.values(), default=_NONSENSE)
    for charset, text in texts.items():
        more = _OWN_CHARSET if charset in ours.charsets else _ABROAD
        more += 0 if charset in guesses else _NOT_GUESSED
        more -= _MAKERS if charset == "gb18030" else 0
        users = [_both(written, ours) for written in _ABROAD_USERS[charset]]
        # As written by all of them at once it is at most as odd as by one.
        if more + _oddness(text, charset, _both(*users)) >= best + _ABROAD:
            continue
        odd = more + min(_oddness(text, charset, written) for written in users)
        found[charset] = min(odd, found.get(charset, odd))
        best = min(best, odd)


@lru_cache(1024)
def _both(*writings: Written) -> Written:
    """Return what is written by any of them."""
    nothing = frozenset[str]()
    return Written(
        tuple(charset for written in writings for charset in written.charsets),
        nothing.union(*(written.letters for written in writings)),
        nothing.union(*(written.scripts for written in writings)),
    )


def _in_order(charsets: tuple[str, ...], *, names: bool) -> tuple[str, ...]:
    """Return charsets, that of the command line first for the names of files."""
    return (*charsets[1:2], charsets[0], *charsets[2:]) if names else charsets


def _oddness(text: str, charset: str, written: Written) -> float:
    """Return how odd the characters of a text are on average: 0 as anybody writes."""
    odd, count = 0.0, 0
    for place, char in enumerate(text):
        if char.isascii():
            continue
        count += 1
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        odd += _odd_char(char, before, after, charset, written)
    for found in _WORD.finditer(text):
        word = found[0]
        # As "McDonald" is written, but "JosÉ" is not.
        if not word.isascii() and not word.islower() and not word.isupper():
            changes = pairwise(word if word[0].islower() else word[1:])
            odd += sum(
                one.isupper() != other.isupper() and not (one + other).isascii()
                for one, other in changes
            )
    return odd / max(1, count)


def _odd_char(char: str, before: str, after: str, charset: str, written: Written) -> float:
    script = _script(char)
    if not script:
        if char in _IN_WORDS:
            return 0.1
        if unicodedata.category(char) in ("Cc", "Cn", "Co", "Cf"):
            return 4.0
        # What opens stands before a word, what closes behind it.
        inside = before.isalpha() and (after.isalpha() or char in _OPENING)
        return 0.1 if char in _USUAL and not inside else 1.5
    own = char.lower() in written.letters
    if script == "LATIN":
        odd_neighbors = any(
            not c.isascii() and c.isalpha() and c.lower() not in written.letters
            for c in (before, after)
        )
        return 0.0 if own else 0.5 + 0.5 * odd_neighbors
    # Nobody writes letters of two scripts in a word.
    odd = 0.5 * sum(c.isascii() and c.isalpha() for c in (before, after))
    if script not in written.scripts:
        odd += 0.3
    if script == "HALFWIDTH" or (script == "CYRILLIC" and not own):
        odd += 0.3
    return odd + (_rarity(char, charset) if script in _EAST_ASIAN else 0.0)


@lru_cache(4096)
def _script(char: str) -> str:
    """Return the script of a letter, nothing for what is none."""
    compatible = unicodedata.normalize("NFKC", char) != char
    if unicodedata.category(char)[0] not in "LM" and char != "〇":
        return ""
    script = unicodedata.name(char, "").partition(" ")[0]
    # Superscripts and ligatures are no letters of names.
    return "" if compatible and script in ("LATIN", "SUPERSCRIPT") else script


@lru_cache(8192)
def _rarity(char: str, charset: str) -> float:
    """Return how rare a character is where a charset is used."""
    kind, first_bytes = _EACH_DAY.get(charset, (charset, range(0)))
    try:
        raw = char.encode(kind)
    except UnicodeEncodeError:
        return 0.5
    if len(raw) != 2:  # noqa: PLR2004
        # Spelled out in jamo.
        return 0.5
    return 0.0 if raw[0] in first_bytes else 0.25
