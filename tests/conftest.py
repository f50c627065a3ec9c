"""What every test may use: marks by folder, and the one way to go without an engine."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from hypothesis import Phase, settings
from xdist.scheduler import LoadScopeScheduling

_TESTS = Path(__file__).parent

# How long an example takes is the benchmarks' business: the first pays for imports. A failing one is
# not made smaller, which takes minutes; for that, run it with `--hypothesis-profile default`.
settings.register_profile("headwater", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
settings.load_profile("headwater")

# Spark's processes live for seconds here: to compile what they run to the utmost takes longer than it saves.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


_TOGETHER = ("tests/e2e/", "tests/infra/")
_FIRST = (*_TOGETHER, "tests/parity/", "tests/contract/")


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Keeps each file's tests in one process, and those of some folders, and begins with what takes long.

    Files share fixtures such as servers, so a file is not split. End-to-end tests also share the
    machine's cores and the checkout; those of the program share its graphs, each of which takes
    seconds. xdist's own ``loadgroup`` would do, but groups nothing since pytest 9.2 made the ids of
    tests immutable.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return next((folder for folder in _TOGETHER if file.startswith(folder)), file)

    def _assign_work_unit(self, node: Any) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=_turn), last=False)
        super()._assign_work_unit(node)


def _turn(scope: str) -> int:
    """What comes earlier has a lower one; files of one are xdist's to order: the more tests, the earlier."""
    return next((turn for turn, folder in enumerate(_FIRST) if scope.startswith(folder)), len(_FIRST))


@pytest.hookimpl(optionalhook=True)  # a run may go without xdist
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByFile:
    """Hand tests out by file to the processes of ``pytest -n``."""
    return _ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need servers."""
    for item in items:
        if (_TESTS / "e2e") in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what no run on this machine can have: it is deselected, which alone shows as a number at most."""
    if shutil.which("pulumi") is None:
        terminalreporter.write_line("no pulumi on the PATH: tests/e2e/test_pulumi_cli.py is deselected")


@pytest.fixture(scope="session")
def engine_missing() -> Callable[[str, str], NoReturn]:
    """Return what to call when a test cannot have its engine: ``engine_missing(engine, reason)``.

    On a laptop the test is skipped and the reason printed. Where ``CI`` is ``true`` it fails: a suite
    that quietly tests nothing is worse than a red one.
    """

    def give_up(engine: str, reason: str) -> NoReturn:
        message = f"{engine} is missing: {reason}; run `make setup`"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)

    return give_up


@pytest.fixture(scope="session")
def spark_jars(engine_missing: Callable[[str, str], NoReturn]) -> None:
    """What Spark needs on this machine."""
    if not any((_TESTS.parent / ".jars").rglob("*.jar")):
        engine_missing("Spark with Iceberg", "there are no jars in .jars")
    if shutil.which("java") is None:
        engine_missing("Spark", "there is no java")


@pytest.fixture(scope="module")
def spark(spark_jars: None) -> Iterator[Any]:  # noqa: ARG001 (checks)
    """The Spark session of this process."""
    from tests.spark import session  # noqa: PLC0415 (heavy: only for who needs it)

    yield session()
    gc.collect()  # py4j's sockets, while their warnings are filtered
