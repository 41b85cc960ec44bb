"""Names as they are said: what is said around a name is no part of it."""

import re
from typing import Final, NamedTuple

from ..people.names import clean_name

_MARKS: Final = "\\s,.;:!?\uff0c\u3002\u3001\uff1b\uff1a\uff01\uff1f…"
_QUOTES: Final = (
    "\"'`\u201c\u201d\u2018\u2019\u00ab\u00bb\u300c\u300d\u300e\u300f\u300a\u300b"
)
# What is said before a name, and after it.
_BEFORE: Final = re.compile(
    rf"^(?:[{_MARKS}{_QUOTES}]|(?:please|called|named)\b|请(?=\S)|名叫|叫做|叫(?=\S))+",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    rf"(?:[{_MARKS}{_QUOTES}]|(?<![\w'])(?:please|now|thanks|thank you|okay|for me|again)"
    r"|谢谢[你您]?|麻烦[你您]?了?|拜托了?|好吗|好不好|可以吗|行吗|吧|啊|呀|哦|呢|嘛|啦|一下"
    r"|的?(?:人脸|面孔|面容|样子|长相)(?:数据)?|的脸|['\u2019]s(?: face)?)+$",
    re.IGNORECASE,
)
_PLACE: Final = re.compile(
    r"(?P<name>.*\S)\s+"
    r"(?:at|(?:on|by|near|before|outside|in front of)(?=\s+(?:the|my|our)))"
    r"\s+(?:(?:the|my|our)\s+)?(?P<place>\S.*)",
    re.IGNORECASE,
)
_PLACE_ZH: Final = re.compile(
    r"(?P<name>.*\S)\s*在(?P<place>.*(?:门|门口|门外|外面|那里|这里|摄像头|模组)前?)"
)
# No name has a comma: then it may be any place.
_PLACE_ZH_APART: Final = re.compile(r"(?P<name>.*\S)\s*[,\uff0c\u3001]\s*在(?P<place>\S.*)")
_PLACES: Final = (_PLACE, _PLACE_ZH, _PLACE_ZH_APART)
# Before which door does not matter: the module of the speaker is meant.
_ANY_PLACE: Final = re.compile(
    r"(?:front |back )?(?:door|gate|entrance|camera|doorbell|face module|module)|home|there"
    r"|[大家]?门[口外前]?|外面|那里|这里|摄像头前?|模组前?",
    re.IGNORECASE,
)
_EVERYBODY: Final = {
    *("everybody", "everyone", "all", "all people", "all faces", "everything"),
    *("所有人", "大家", "全部", "全部人", "所有人员", "全部人员", "每个人"),
}
_NOBODY: Final = {
    *("me", "myself", "my", "him", "her", "them", "it", "this", "that", "us", "you"),
    *("my face", "this face", "this person", "somebody", "nobody", "a person"),
    *("我", "我的", "他", "她", "它", "你", "您", "我们", "这个人", "这张", "新", "新的"),
}
_ANYBODY: Final = {"anyone", "anybody", "someone", "somebody", "有人", "谁", "人"}


class Spoken(NamedTuple):
    """A name, and the place that was said after it: "Sam at the back door"."""

    name: str
    place: str | None

    @property
    def is_any_place(self) -> bool:
        """Say whether the place is a door like any other."""
        return self.place is None or _ANY_PLACE.fullmatch(self.place) is not None


def spoken_name(said: str) -> Spoken:
    """Return a name as it is written; raises ServiceValidationError when it is none.

    Speech recognition may know no capital letters.
    """
    bare = _bare(said)
    place = None
    if found := next(filter(None, (one.fullmatch(bare) for one in _PLACES)), None):
        bare, place = _bare(found["name"]), _bare(found["place"])
    name = clean_name(bare)
    return Spoken(name.title() if name.islower() else name, place)


def is_everybody(said: str) -> bool:
    """Say whether all people are meant instead of one."""
    return _bare(said).casefold() in _EVERYBODY


def is_nobody(said: str) -> bool:
    """Say whether this is a word for a person instead of a name."""
    return _bare(said).casefold() in _NOBODY


def is_anybody(said: str) -> bool:
    """Say whether whoever came is meant instead of one person."""
    return _bare(said).casefold() in _ANYBODY


def _bare(said: str) -> str:
    """Return what is left when marks, quotes, particles and courtesies are gone.

    Where nothing would be left it is a name after all.
    """
    said = said.strip()
    bare = _BEFORE.sub("", said)
    bare = _AFTER.sub("", bare)
    return bare.strip() or said
