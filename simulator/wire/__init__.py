"""The cable: requests that come in, how bodies look as bytes, being out of reach."""

from .encoding import encode

__all__ = ["encode"]
