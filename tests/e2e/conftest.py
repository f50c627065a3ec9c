"""What end-to-end tests run against: checkouts of their own that share this one's code, and an emulator.

The emulator is one that the tests start, or the one that `tests.e2e.endpoint` finds named in the environment.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from infra.local import cloud
from tests import servers
from tests.e2e.endpoint import Endpoint, check, named

ROOT = Path(__file__).parents[2]
_CLI_TESTS = Path(__file__).with_name("test_pulumi_cli.py")
_SHARED = (
    *(".emulator", ".jars", "Pulumi.local.yaml", "pyproject.toml", "requirements"),
    *("headwater", "infra", "lambdas", "features", "feature_jobs", "glue_scripts"),
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs the Pulumi CLI where there is none; `tests/conftest.py` has the run say so."""
    if shutil.which("pulumi"):
        return
    left_out = [item for item in items if item.path == _CLI_TESTS]
    if left_out:
        items[:] = [item for item in items if item.path != _CLI_TESTS]
        config.hook.pytest_deselected(items=left_out)


def _folder(factory: pytest.TempPathFactory) -> Path:
    made = factory.mktemp("check out")
    for name in _SHARED:
        (made / name).symlink_to(ROOT / name)
    return made


@pytest.fixture
def checkout(
    tmp_path_factory: pytest.TempPathFactory, engine_missing: Callable[[str, str], NoReturn]
) -> Iterator[Callable[[], Path]]:
    """Returns folders that work like a checkout; what is started from them is stopped."""
    if not (ROOT / ".emulator" / "bin" / "ministack").exists():
        engine_missing("the AWS emulator", "its environment .emulator is not there")
    made: list[Path] = []

    def make() -> Path:
        made.append(_folder(tmp_path_factory))
        return made[-1]

    yield make
    for folder in made:
        cloud.down(folder)


@pytest.fixture(scope="session")
def named_endpoint() -> Endpoint | None:
    """The emulator that the environment names, if it is fit for these tests."""
    found = named()
    if found:
        check(found, pytest.fail, pytest.skip)
    return found


@pytest.fixture
def platform(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    named_endpoint: Endpoint | None,
) -> Iterator[Path]:
    """A checkout whose platform is up: in the emulator that the environment names, or in one of its own."""
    if named_endpoint is None:
        folder = request.getfixturevalue("checkout")()
        cloud.up(folder)
        yield folder
        return
    folder = _folder(tmp_path_factory)
    try:
        cloud.fill(folder, named_endpoint.url)
        yield folder
    finally:
        named_endpoint.empty()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory, named_endpoint: Endpoint | None) -> Iterator[str]:
    """Address of an empty emulator: the one that the environment names, or one of the module's own."""
    if named_endpoint is None:
        with servers.emulator(tmp_path_factory.mktemp("emulator")) as url:
            yield url
        return
    try:
        yield named_endpoint.url
    finally:
        named_endpoint.empty()
