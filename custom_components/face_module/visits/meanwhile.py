"""What comes while the book is asked, and may be in its answer or not."""

from collections.abc import Iterator
from contextlib import contextmanager

from homeassistant.core import callback


class Meanwhile[T]:
    """Holds what came for those who ask, each since they did, and for nobody else."""

    def __init__(self) -> None:
        """Begin with nobody who asks."""
        self._open: list[list[T]] = []

    @contextmanager
    def asking(self) -> Iterator[list[T]]:
        """Give what comes until the answer is there."""
        came: list[T] = []
        self._open.append(came)
        try:
            yield came
        finally:
            # Others who ask have seen the same, and may be asking still.
            self._open = [one for one in self._open if one is not came]

    @callback
    def async_came(self, what: T) -> None:
        """Let whoever asks now have it."""
        for came in self._open:
            came.append(what)
