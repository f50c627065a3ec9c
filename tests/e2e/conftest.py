"""Checkouts for end-to-end tests: folders of their own that share this checkout's code and emulator."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from infra.local import cloud

ROOT = Path(__file__).parents[2]
_SHARED = (
    *(".emulator", ".jars", "Pulumi.local.yaml", "pyproject.toml", "requirements"),
    *("headwater", "infra", "lambdas", "features", "feature_jobs", "glue_scripts"),
)


@pytest.fixture
def checkout(
    tmp_path_factory: pytest.TempPathFactory, engine_missing: Callable[[str, str], NoReturn]
) -> Iterator[Callable[[], Path]]:
    """Returns folders that work like a checkout; what is started from them is stopped."""
    if not (ROOT / ".emulator" / "bin" / "ministack").exists():
        engine_missing("the AWS emulator", "its environment .emulator is not there")
    made: list[Path] = []

    def make() -> Path:
        folder = tmp_path_factory.mktemp("check out")
        for name in _SHARED:
            (folder / name).symlink_to(ROOT / name)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        cloud.down(folder)
