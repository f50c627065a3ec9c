"""Packages a function carries."""

from pathlib import Path

import pytest

from infra.packaging import wheels
from infra.packaging.errors import PackagingError


def _lay(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_only_what_a_function_reads_is_kept(tmp_path: Path) -> None:
    kept = (
        "redis/client.py",
        "botocore/docs/utils.py",
        "botocore/cacert.pem",
        "hiredis/hiredis.cpython-313.so",
    )
    dropped = (
        "redis-8.dist-info/METADATA",
        "redis/__pycache__/client.pyc",
        "redis/py.typed",
        "redis/tests/test_client.py",
        "hiredis/hiredis.pyi",
        "bin/jp.py",
        ".lock",
    )
    _lay(tmp_path, *kept, *dropped)
    wheels.prune(tmp_path)
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()} == set(
        kept
    )


def test_models_of_services_that_no_function_calls_are_dropped(tmp_path: Path) -> None:
    data = "botocore/data"
    _lay(
        tmp_path,
        f"{data}/dynamodb/1/service-2.json.gz",
        f"{data}/ec2/1/service-2.json.gz",
        f"{data}/endpoints.json",
    )
    wheels.prune(tmp_path)
    assert {path.name for path in (tmp_path / data).iterdir()} == {"dynamodb", "endpoints.json"}


def test_an_installation_is_made_once_for_the_same_requirements(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def install(_target: wheels.Target, _requirements: Path, folder: Path) -> None:
        made.append(folder)
        folder.mkdir()

    monkeypatch.setattr(wheels, "_run_installer", install)
    first = wheels.install(wheels.TARGETS["aws"], checkout)
    again = wheels.install(wheels.TARGETS["aws"], checkout)
    (checkout / "requirements/lambda.txt").write_text("changed")
    changed = wheels.install(wheels.TARGETS["aws"], checkout)
    assert (first == again, first == changed, len(made)) == (True, False, 2)


def test_a_failed_installation_leaves_nothing_to_be_taken_for_one(checkout: Path) -> None:
    (checkout / "requirements/lambda.txt").write_text("msgspec==0.22.0\n")  # no hash
    with pytest.raises(
        PackagingError, match=r"requirements/lambda\.txt for target 'aws': the installer ended with"
    ):
        wheels.install(wheels.TARGETS["aws"], checkout)
    assert list((checkout / "build/wheels").iterdir()) == []
