"""Which kind of picture some bytes are."""

from typing import Final

STILL_BRANDS: Final = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")
_KINDS: Final = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def picture_type(picture: bytes | None) -> str | None:
    """Return the content type of a picture, None when it is none."""
    if picture is None:
        return None
    for magic, content_type in _KINDS.items():
        if picture.startswith(magic):
            return content_type
    return None


def begins_as_picture(head: bytes) -> bool:
    """Return if the first bytes of a file (16 will do) are those of a picture."""
    if head.startswith((*_KINDS, b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")):
        return True
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head.startswith(b"BM"):
        # Text may begin so, too.
        return head[6:10] == bytes(4)
    return head[4:8] == b"ftyp" and head[8:12] in STILL_BRANDS
