"""When a run of the tests counts as a success."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail if any test is skipped")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run that tested nothing fails, whatever its reason."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or exitstatus != 0 or session.config.option.collectonly:
        return
    skipped = bool(reporter.stats.get("skipped"))
    if not reporter.stats.get("passed") or (skipped and session.config.option.no_skips):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
