"""What all tests share: no example is timed, and the figures that tests tell are at the end of a run."""

from collections.abc import Callable

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)  # a busy machine is no mistake
settings.load_profile("untimed")

_FIGURE = "figure"


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return a function that puts a line under the results, also where tests run in several processes."""
    return lambda text: record_property(_FIGURE, text)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write what was told."""
    reports = [report for some in terminalreporter.stats.values() for report in some]
    for report in reports:
        if getattr(report, "when", None) == "call":
            for name, text in report.user_properties:
                if name == _FIGURE:
                    terminalreporter.write_line(str(text))
