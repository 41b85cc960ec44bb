"""How the world writes its files: letters and charsets of each language.

The first charset of a language is that of its Windows ("ANSI"), as Excel writes CSV; the
second that of its command line ("OEM"), as Windows names the files of a zip; then others.
"""

from typing import Final, NamedTuple
import unicodedata

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
_VIETNAMESE: Final = "đ" + "".join(
    unicodedata.normalize("NFC", vowel + tone)
    for vowel in "aăâeêioôơuưy"
    for tone in ("", *_TONES)
)


class Written(NamedTuple):
    """How a language is written: charsets, letters besides a to z, scripts."""

    charsets: tuple[str, ...]
    letters: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()


def _latin(letters: str, *charsets: str) -> Written:
    return Written(charsets, frozenset(letters))


def _script(scripts: str, *charsets: str, letters: str = "") -> Written:
    return Written(charsets, frozenset(letters), frozenset(scripts.split()))


_WEST: Final = ("cp1252", "cp850", "cp437", "mac_roman")
_MIDDLE: Final = ("cp1250", "cp852", "iso8859_2", "mac_latin2")
_BALTIC: Final = ("cp1257", "cp775", "iso8859_13")
_ARABIC: Final = ("cp1256", "cp720", "iso8859_6")
_CYRILLIC: Final = ("cp1251", "cp866", "koi8_u", "iso8859_5", "mac_cyrillic")
_SERBIAN: Final = ("cp1251", "cp855", "iso8859_5", "mac_cyrillic")
_RUSSIAN: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_HAN: Final = "CJK IDEOGRAPHIC FULLWIDTH"

WRITTEN: Final = {
    "ar": _script("ARABIC", *_ARABIC),
    "az": _latin("çəğıöşüâ", "cp1254", "cp857"),
    "be": _script("CYRILLIC", *_CYRILLIC, letters=_RUSSIAN + "ёіў"),
    "bg": _script("CYRILLIC", *_CYRILLIC, letters=_RUSSIAN),
    "bs": _latin("čćđšž", *_MIDDLE),
    "ca": _latin("àçéèíïóòúü", *_WEST),
    "cs": _latin("áčďéěíňóřšťúůýžäöü", *_MIDDLE),
    "da": _latin("æøåéäöü", "cp1252", "cp850", "cp865", "mac_roman"),
    "de": _latin("äöüßéèàç", *_WEST),
    "el": _script("GREEK", "cp1253", "cp737", "cp869", "iso8859_7", "mac_greek"),
    "en": _latin("éèüöäáíóñç", "cp1252", "cp437", "cp850", "mac_roman"),
    "en-GB": _latin("éèüöäáíóñç", *_WEST),
    "es": _latin("áéíñóúüç", *_WEST),
    "et": _latin("äöõüšž", *_BALTIC),
    "eu": _latin("ñçü", *_WEST),
    "fa": _script("ARABIC", *_ARABIC),
    "fi": _latin("äöåšž", *_WEST),
    "fr": _latin("àâæçéèêëîïôœùûüÿ", "cp1252", "cp850", "cp863", "mac_roman"),
    "ga": _latin("áéíóú", *_WEST),
    "gl": _latin("áéíñóúü", *_WEST),
    "he": _script("HEBREW", "cp1255", "cp862", "iso8859_8"),
    "hr": _latin("čćđšž", *_MIDDLE, "mac_croatian"),
    "hu": _latin("áéíóöőúüű", *_MIDDLE),
    "is": _latin("áðéíóúýþæö", "cp1252", "cp850", "cp861", "mac_iceland"),
    "it": _latin("àéèíìîóòúù", *_WEST),
    "ja": _script(f"{_HAN} HIRAGANA KATAKANA KATAKANA-HIRAGANA", "cp932", "euc_jp"),
    "ko": _script("HANGUL", "cp949", "johab"),
    "lt": _latin("ąčęėįšųūž", *_BALTIC),
    "lv": _latin("āčēģīķļņšūž", *_BALTIC),
    "mk": _script(
        "CYRILLIC", *_SERBIAN, "cp866", letters="абвгдѓежзѕијклљмнњопрстќуфхцчџш"
    ),
    "nb": _latin("æøåéäöü", "cp1252", "cp850", "cp865", "mac_roman"),
    "nl": _latin("äáéëèïíöóü", *_WEST),
    "pl": _latin("ąćęłńóśźż", *_MIDDLE),
    "pt": _latin("àáâãçéêíóôõúü", "cp1252", "cp850", "cp860", "mac_roman"),
    "ro": _latin("ăâîşţșț", *_MIDDLE, "iso8859_16", "mac_romanian"),
    "ru": _script(
        "CYRILLIC",
        "cp1251",
        "cp866",
        "koi8_r",
        "iso8859_5",
        "mac_cyrillic",
        letters=_RUSSIAN + "ё",
    ),
    "sk": _latin("áäčďéíĺľňóôŕšťúýž", *_MIDDLE),
    "sl": _latin("čšžćđ", *_MIDDLE),
    "sq": _latin("çë", *_MIDDLE),
    "sr": _script("CYRILLIC", *_SERBIAN, letters="абвгдђежзијклљмнњопрстћуфхцчџш"),
    "sr-Latn": _latin("čćđšž", *_MIDDLE),
    "sv": _latin("åäöéü", *_WEST),
    "th": _script("THAI", "cp874", "iso8859_11"),
    "tr": _latin("çğıiöşüâîû", "cp1254", "cp857", "iso8859_9", "mac_turkish"),
    "uk": _script(
        "CYRILLIC", *_CYRILLIC, "cp1125", letters="абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
    ),
    "ur": _script("ARABIC", *_ARABIC),
    "vi": _latin(_VIETNAMESE, "cp1258"),
    "zh-Hans": _script(_HAN, "gb18030"),
    "zh-Hant": _script(_HAN, "cp950", "big5hkscs"),
}
_OTHERWISE: Final = {"nn": "nb", "no": "nb", "kk": "ru", "mn": "ru", "gsw": "de"}
_COUNTRIES: Final = {
    "ar": "AE BH DZ EG IQ JO KW LB LY MA OM QA SA SD SY TN YE",
    "az": "AZ",
    "be": "BY",
    "bg": "BG",
    "bs": "BA",
    "cs": "CZ",
    "da": "DK FO GL",
    "de": "AT CH DE LI LU",
    "el": "CY GR",
    "en-GB": "AU GB IE NZ ZA",
    "es": "AR BO CL CO CR CU DO EC ES GT HN MX NI PA PE PR PY SV UY VE",
    "et": "EE",
    "fa": "AF IR",
    "fi": "FI",
    "fr": "BE CA FR MC",
    "he": "IL",
    "hr": "HR",
    "hu": "HU",
    "is": "IS",
    "it": "IT SM VA",
    "ja": "JP",
    "ko": "KR",
    "lt": "LT",
    "lv": "LV",
    "mk": "MK",
    "nb": "NO",
    "nl": "NL",
    "pl": "PL",
    "pt": "AO BR MZ PT",
    "ro": "MD RO",
    "ru": "KG KZ MN RU TJ",
    "sk": "SK",
    "sl": "SI",
    "sq": "AL XK",
    "sr": "ME RS",
    "sv": "AX SE",
    "th": "TH",
    "tr": "TR",
    "uk": "UA",
    "ur": "PK",
    "vi": "VN",
    "zh-Hans": "CN SG",
    "zh-Hant": "HK MO TW",
}
_OF_COUNTRY: Final = {
    country: language
    for language, countries in _COUNTRIES.items()
    for country in countries.split()
}


def languages_of(language: str, country: str | None) -> list[str]:
    """Return who may have written a file: the language first, then the country's.

    `language` and `country` are as Home Assistant is set up; keys of WRITTEN come out.
    """
    base, _, region = language.partition("-")
    base = _OTHERWISE.get(base, base)
    found = [language, base] if base != "zh" else [language, _OF_COUNTRY.get(region, "")]
    # Who set up English in Shanghai has files of Shanghai.
    found.append(_OF_COUNTRY.get((country or region).upper(), ""))
    if base == "zh":
        found.append("zh-Hans")
    known = [name for name in dict.fromkeys(found) if name in WRITTEN]
    return known or ["en"]
