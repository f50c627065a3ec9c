"""What every test may use: marks by folder, and the one way to go without an engine."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

_TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need servers, and keep each file's tests in one process.

    Files share fixtures such as servers, so a file is not split; end-to-end tests also share the
    machine's two cores and the checkout's ``build`` and ``dist``, so one process runs all of them.
    """
    for item in items:
        if (_TESTS / "e2e") in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))
        else:
            item.add_marker(pytest.mark.xdist_group(str(item.path)))


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
