"""One job: how far it is, and what came of it so far."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util.json import JsonObjectType

from ..people.enrollment import Outcome
from ..texts import error_text

# So many lines a report has; the rest is counted.
LINES_KEPT: Final = 1000


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    EXPORT = "export"
    SYNC = "sync"


@dataclass(slots=True, eq=False, kw_only=True)
class Line:
    """What became of somebody; `error` if it failed, or what was guessed of the source.

    `person` is their place in the source, the same on all modules.
    """

    name: str
    user_id: str | None = None
    device_id: str | None = None
    result: Outcome | None = None
    error: HomeAssistantError | None = None
    words: str = ""
    person: int | None = None
    is_note: bool = False

    def as_dict(self) -> JsonObjectType:
        """Return what an action's answer has of it."""
        line: JsonObjectType = {"name": self.name}
        if self.user_id is not None:
            line["user_id"] = self.user_id
        if self.device_id is not None:
            line["device_id"] = self.device_id
        if self.is_note:
            line["note"] = self.words
        elif self.result is None:
            line["error"] = self.words
        else:
            line["result"] = self.result
        return line


@dataclass(slots=True, eq=False, kw_only=True)
class Job:
    """A job: how far it is, and what came of it so far.

    `total` and `done` count people on modules: two people on three modules are six.
    Of `files` that are sent to it, `received` are there.
    """

    hass: HomeAssistant = field(repr=False)
    job_id: str
    kind: JobKind
    modules: dict[str, str]
    """Titles by entry id."""
    files: int = 0
    received: int = 0
    total: int = 0
    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[Line] = field(default_factory=list)
    notes: list[Line] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    sources: dict[int, str] = field(default_factory=dict)
    """The files of those who failed, by their place in the source."""
    pictures: dict[int, bytes] = field(default_factory=dict, repr=False)
    """Of some who failed, by their place in the source: as the module would get them."""
    error: HomeAssistantError | None = None
    dry_run: bool = False
    cancelled: bool = False
    crashed: bool = False
    finished: bool = False
    kept: bool = False
    """Whether the report can be had."""
    unwanted: bool = False
    """Whether the user dismissed the notification."""
    changed: Callable[[], None] = field(default=lambda: None, repr=False)
    woken: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set when there is something new for whom waits: a file, or the end."""

    @callback
    def async_cancel(self) -> None:
        """End the job after the person it is at."""
        self.cancelled = True
        self.woken.set()

    @callback
    def async_record(
        self,
        name: str,
        result: Outcome | None,
        *,
        user_id: str | None = None,
        device_id: str | None = None,
        error: HomeAssistantError | None = None,
        person: int | None = None,
    ) -> None:
        """Write a line: what became of somebody, `result` None if it failed."""
        line = Line(
            name=name,
            user_id=user_id,
            device_id=device_id,
            result=result,
            error=error,
            words=error_text(self.hass, error) if error else "",
            person=person,
        )
        self.done += 1
        self.counts[result or "failed"] += 1
        self._keep(line, [self.failed] if result is None else [])

    @callback
    def async_note(self, name: str, note: HomeAssistantError) -> None:
        """Write a line about what was guessed or chosen; nothing failed, nobody is done."""
        line = Line(name=name, error=note, words=error_text(self.hass, note), is_note=True)
        self.counts["noted"] += 1
        self._keep(line, [self.notes])

    def _keep(self, line: Line, kinds: list[list[Line]]) -> None:
        """Keep a line among those of its kind and among all, while there is room."""
        for lines in (*kinds, self.lines):
            if len(lines) < LINES_KEPT:
                lines.append(line)
        self.changed()

    @callback
    def async_unchanged(self, count: int) -> None:
        """Count people who need nothing."""
        self.counts[Outcome.UNCHANGED] += count
        self.done += count
        self.changed()

    @callback
    def async_settle(self, person: int) -> None:
        """Note that somebody who failed is enrolled now: by hand, on the same modules."""
        for line in [line for line in self.failed if line.person == person]:
            line.result, line.error = Outcome.ADDED, None
            self.failed.remove(line)
            self.counts["failed"] -= 1
            self.counts[Outcome.ADDED] += 1
        self.pictures.pop(person, None)
        self.changed()

    def progress(self) -> JsonObjectType:
        """Return how far it is; no names."""
        return {
            "job_id": self.job_id,
            "kind": self.kind,
            "dry_run": self.dry_run,
            "entry_ids": [*self.modules],
            "files": self.files,
            "received": self.received,
            "total": self.total,
            "done": self.done,
            **{outcome: self.counts[outcome] for outcome in (*Outcome, "failed")},
            "cancelled": self.cancelled,
            "finished": self.finished,
            "report": self.kept,
        }

    def report(self) -> dict[str, Any]:
        """Return what came of it: counts, who failed, what was guessed, and every line."""
        return {
            **{outcome: self.counts[outcome] for outcome in Outcome},
            "failed": [line.as_dict() for line in self.failed],
            "failed_left_out": self.counts["failed"] - len(self.failed),
            "notes": [{"name": line.name, "note": line.words} for line in self.notes],
            "cancelled": self.cancelled,
            "people": [line.as_dict() for line in self.lines],
            "people_left_out": max(0, self.done + self.counts["noted"] - len(self.lines)),
        }

    def source_of(self, line: Line) -> str | None:
        """Return the file that a line is about."""
        return None if line.person is None else self.sources.get(line.person)

    def told(self) -> dict[str, Any]:
        """Return the report as the card tells it: what went wrong as it is translated."""
        failed = [
            {
                "name": line.name,
                "source": (source := self.source_of(line)),
                "named": line.name != source,
                "user_id": line.user_id,
                "device_id": line.device_id,
                "person": line.person,
                "picture": line.person in self.pictures,
                **_problem(line.error, line.words),
            }
            for line in self.failed
        ]
        done = [
            {"name": line.name, "device_id": line.device_id, "result": line.result}
            for line in self.lines
            if line.result is not None
        ]
        error = None
        if self.error is not None:
            error = _problem(self.error, error_text(self.hass, self.error))
        notes = [
            {"name": line.name, **_problem(line.error, line.words)} for line in self.notes
        ]
        return {
            **self.progress(),
            "lines": failed,
            "notes": notes,
            "people": done,
            "error": error,
        }


def _problem(error: HomeAssistantError | None, words: str) -> dict[str, Any]:
    """Return an error as the websocket tells its own."""
    return {
        "message": words,
        "translation_domain": error.translation_domain if error else None,
        "translation_key": error.translation_key if error else None,
        "translation_placeholders": error.translation_placeholders if error else None,
    }
