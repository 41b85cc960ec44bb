"""Figures that tests measured, summed over all workers and printed at the end."""

from collections import Counter
from collections.abc import Callable

import pytest

_KEY = "figure"


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Add to a figure, named in words."""
    return lambda name, count: record_property(_KEY, (name, count))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sums."""
    sums: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "call":
                for key, value in report.user_properties:
                    if key == _KEY:
                        sums[value[0]] += value[1]
    if sums:
        terminalreporter.section("figures")
        for name, count in sorted(sums.items()):
            terminalreporter.write_line(f"{count:>9} {name}")
