"""Drawn people: photos for demonstrations and tests, without anybody's face."""

from .photos import blank, portrait, scenery

__all__ = ["blank", "portrait", "scenery"]
