"""What the names of files say: who is on a picture, and which files are nobody's.

The one rule, for everything that is imported: a picture is called by its file name, or by
its folder when no picture in there has a name (a folder per person). What a camera, a
messenger or a counter called it is no name.
"""

from collections import Counter
from collections.abc import Iterable
import re
from typing import Final
import unicodedata

# Folders of macOS, Synology, QNAP and Windows for thumbnails and what was deleted.
_SYSTEM: Final = frozenset((
    *("__macosx", "@eadir", "#recycle", "@recycle", "$recycle.bin"),
    *("thumbs.db", "ehthumbs.db", "desktop.ini", "picasa.ini", "icon\r", "icon"),
    "system volume information",
))  # fmt: skip
# The endings of pictures; some have two.
PICTURE: Final = re.compile(
    r"(\.(jpe?g|jpe|jfif?|jif|jfi|pjpe?g|pjp|jpg_large|a?png|webp|gif|bmp|dib|tiff?|avifs?"
    r"|hei[cf]s?))+\Z",
    re.ASCII | re.IGNORECASE,
)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_CODE: Final = re.compile(r"\b([0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{16,})\b")
_DIGITS: Final = 3
# More pictures than this are not all of one person.
_MOST_OF_ONE: Final = 20


def _words(text: str) -> frozenset[str]:
    return frozenset(unicodedata.normalize("NFKC", text).split())


# No names by themselves, whatever numbers follow: of cameras, messengers, people.
_WORDS: Final = _words(
    "img dsc dscn dscf pxl mvimg cimg imag hpim gopr dji mmexport whatsapp image images "
    "photo photos picture pictures screenshot screenshots wechat qq face faces portrait "
    "avatar selfie profile passport front left right side untitled unnamed unknown "
    "download thumbnail scan foto fotos bild bilder datei gesicht unbenannt "
    "bildschirmfoto immagine imagen imagem fotografia visage sans titre kuva zdjęcie "
    "снимок фото изображение dcim camera kamera new edited copy 图片 图像 照片 相片 头像 "
    "证件照 正面 侧面 左侧 右侧 扫描 未命名 新建 下载 微信图片 微信截图 微信 qq图片 "
    "qq截图 截图 截屏 屏幕截图 拍照 相机 圖片 相片 頭像 證件照 微信圖片 螢幕截圖 写真 "
    "画像 無題 スクリーンショット 사진 이미지 스크린샷 캡처 무제"
)
# None beside a number of at least three digits.
_NUMBERED: Final = _words(
    "album am at beauty burst camscanner cloud cover e effects faceu fb gh gp gx h hdr "
    "imgp kakaotalk kdc lc line meitu mp on original p pano pict picsart pm portrait "
    "received resized rotated sam sdc signal size snapchat telegram uhr um vid video wa "
    "wx x xhs y 카카오톡 上午 下午 午前 午後 오전 오후"
)
# How a picture of the screen begins; what is on it follows.
_SCREENS: Final = _words(
    "screenshot screen bildschirmfoto capture captura schermata schermafbeelding zrzut "
    "снимок скриншот skärmavbild skærmbillede skjermbilde näyttökuva snímek snip "
    "snipaste ekran képernyőkép スクリーンショット 屏幕截图 截屏 截图 螢幕截圖 螢幕快照 "
    "屏幕快照 스크린샷 whatsapp 微信图片 微信圖片 微信截图 mmexport"
)


def is_hidden(part: str) -> bool:
    """Return if a file or folder of this name is none of the user's."""
    # Excel's mark of an open file, and Windows' of a download.
    mark = part.startswith((".", "~$")) or part.endswith(":Zone.Identifier")
    return mark or part.casefold() in _SYSTEM


def stem_of(file: str) -> str:
    """Return the last part of a path without the ending of a picture."""
    name = file.rpartition("/")[2]
    return PICTURE.sub("", name) or name


def name_of(stem: str) -> str | None:
    """Return the name that a file or folder is called by, None if it is nobody's."""
    text = unicodedata.normalize("NFKC", stem).casefold()
    words = _LETTERS.findall(text)
    numbered = sum(map(str.isdecimal, text)) >= _DIGITS
    if not words or _CODE.search(text) or (numbered and words[0] in _SCREENS):
        return None
    if _WORDS.union(_NUMBERED if numbered else ()).issuperset(words):
        return None
    # Some write underscores for spaces.
    return " ".join((stem if " " in stem else stem.replace("_", " ")).split())


class Names:
    """Whose pictures some files are, by the one rule.

    `top` is the folder that all of them are in, if it was given up as their root.
    """

    def __init__(self, pictures: Iterable[str], top: str) -> None:
        """Look at all pictures at once: what else is in a folder says what it is."""
        self._own: dict[str, str | None] = {}
        self._folders: dict[str, tuple[str, ...]] = {}
        # A folder in which something has another name, or too much, is of no one person.
        shared: set[tuple[str, ...]] = set()
        for picture in pictures:
            parts = tuple(filter(None, (top, *picture.split("/"))))
            self._own[picture] = name_of(stem_of(picture))
            folder = _person_folder(parts, self._own[picture])
            if folder:
                self._folders[picture] = folder
            if folder or self._own[picture]:
                depth = len(folder or parts)
                shared.update(parts[:above] for above in range(1, depth))
        counts = Counter(self._folders.values())
        shared.update(folder for folder, n in counts.items() if n > _MOST_OF_ONE)
        for picture, folder in [*self._folders.items()]:
            if folder in shared:
                del self._folders[picture]

    def folder_of(self, picture: str) -> str | None:
        """Return the folder of the one person that a picture is of, if there is one."""
        return "/".join(self._folders[picture]) if picture in self._folders else None

    def name_of(self, picture: str) -> str | None:
        """Return whose picture it is, None when nothing says so."""
        if folder := self._folders.get(picture):
            return name_of(folder[-1])
        return self._own[picture]


def _person_folder(parts: tuple[str, ...], own: str | None) -> tuple[str, ...]:
    """Return the folder that says whose picture it is, nothing if the file does."""
    for depth in range(len(parts) - 1, 0, -1):
        folder = parts[depth - 1]
        if name_of(folder):
            stem = stem_of(parts[-1])
            # "Anna/Anna 2.jpg"
            begins = key_of(stem).startswith(key_of(folder))
            if own is None or (begins and not _LETTERS.search(stem[len(folder) :])):
                return parts[:depth]
            break
    return ()


def key_of(text: str) -> str:
    """Return a name as it is compared: typed anywhere, on any file system."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def order_of(source: str) -> tuple[list[tuple[int, str]], str]:
    """Return what sorts as people count: picture 2 before picture 10."""
    parts = re.split("([0-9]+)", key_of(source))
    # Digits by how many there are: int() refuses thousands of them.
    numbers = [part.lstrip("0") for part in parts]
    key = [
        (len(number), number) if place % 2 else (0, part)
        for place, (part, number) in enumerate(zip(parts, numbers, strict=True))
    ]
    return key, source
