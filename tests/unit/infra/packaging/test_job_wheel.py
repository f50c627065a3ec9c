"""The wheel of our code: what is in it, its bytes, and that it installs and runs elsewhere."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.packaging.errors import PackagingError
from infra.packaging.job_wheel import build_job_wheel
from tests.unit.infra.packaging.conftest import CHECKOUT


def _install(wheel: Path, folder: Path) -> None:
    """Let an installer check the wheel and unpack it; it asks no index."""
    options = ["--quiet", "--no-index", "--no-deps", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(folder), str(wheel)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def _run(site: Path, folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_it_holds_the_rooms_that_jobs_run_and_nothing_else() -> None:
    names = zipfile.ZipFile(build_job_wheel(CHECKOUT)).namelist()
    rooms = {name.partition("/")[0] for name in names}
    assert {room for room in rooms if not room.endswith(".dist-info")} == {
        "feature_jobs",
        "features",
        "headwater",
    }
    assert not [name for name in names if "__pycache__" in name]


def test_equal_sources_make_equal_bytes_wherever_they_are(
    lay_checkout: Callable[[Path], Path], tmp_path: Path
) -> None:
    first, second = lay_checkout(tmp_path / "first"), lay_checkout(tmp_path / "a second one")
    os.utime(second / "headwater" / "errors.py", (0, 0))
    assert build_job_wheel(first).read_bytes() == build_job_wheel(second).read_bytes()


def test_building_writes_under_dist_alone(checkout: Path) -> None:
    before = sorted(checkout.rglob("*"))
    wheel = build_job_wheel(checkout)
    assert sorted(set(checkout.rglob("*")) - set(before)) == [
        checkout / "dist",
        checkout / "dist" / "jobs",
        wheel,
    ]


def test_a_script_runs_with_the_installed_wheel_and_another_working_directory(tmp_path: Path) -> None:
    """What the script loads of ours comes from the wheel; it is asked for arguments it was not given."""
    site, folder = tmp_path / "site", tmp_path / "elsewhere"
    folder.mkdir()
    _install(build_job_wheel(CHECKOUT), site)
    shown = "import feature_jobs, headwater; print(feature_jobs.__file__, headwater.__file__)"
    where = _run(site, folder, "-c", shown).stdout.split()
    assert where == [str(site / room / "__init__.py") for room in ("feature_jobs", "headwater")]
    ran = _run(site, folder, str(CHECKOUT / "glue_scripts" / "compact.py"))
    assert "give --outputs or --warehouse" in ran.stderr


def test_a_room_that_is_gone_is_named(checkout: Path) -> None:
    (checkout / "features" / "registry.json").unlink()
    (checkout / "features" / "__init__.py").unlink()
    (checkout / "features").rmdir()
    with pytest.raises(PackagingError, match=r"room .*features: no such folder"):
        build_job_wheel(checkout)


def test_a_project_without_a_version_is_refused(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text('[project]\nname = "headwater"\n')
    with pytest.raises(PackagingError, match="no name and version"):
        build_job_wheel(checkout)
