"""The zip of a function."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.packaging import bundle
from infra.packaging.bundle import build_bundle
from infra.packaging.errors import PackagingError


def _names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


@pytest.mark.parametrize("target", ["aws", "local"])
def test_two_builds_in_two_folders_have_the_same_bytes(
    tmp_path: Path, lay_checkout: Callable[[Path], Path], target: str
) -> None:
    built = [build_bundle("lookup", target, lay_checkout(tmp_path / name)) for name in ("here", "over there")]
    assert built[0].sha256 == built[1].sha256


def test_the_zip_holds_our_files_the_registry_and_the_packages(checkout: Path) -> None:
    names = _names(build_bundle("lookup", "aws", checkout).path)
    ours = [name for name in names if name.startswith(("headwater/", "lambdas/", "registry"))]
    assert (ours, "msgspec/__init__.py" in names) == (
        [
            "headwater/__init__.py",
            "headwater/errors.py",
            "headwater/online/__init__.py",
            "headwater/online/lazy.py",
            "headwater/online/reader.py",
            "lambdas/lookup/handler.py",
            "lambdas/lookup/settings.py",
            "registry.json",
        ],
        True,
    )


def test_what_is_returned_describes_the_file(checkout: Path) -> None:
    built = build_bundle("lookup", "aws", checkout)
    assert (built.path, built.bytes) == (checkout / "dist/aws/lookup.zip", built.path.stat().st_size)


def test_boto3_is_carried_only_where_the_runtime_has_none(checkout: Path) -> None:
    (checkout / "lambdas/lookup/settings.py").write_text("import boto3\n")
    carried = {
        target: "boto3/__init__.py" in _names(build_bundle("lookup", target, checkout).path)
        for target in ("aws", "local")
    }
    assert carried == {"aws": False, "local": True}


def test_an_import_that_the_zip_would_not_hold_is_refused(checkout: Path) -> None:
    (checkout / "headwater/errors.py").write_text("import pyarrow\n")
    with pytest.raises(PackagingError, match=r"pyarrow at headwater/errors\.py:1"):
        build_bundle("lookup", "aws", checkout)


def test_a_zip_over_the_budget_is_refused(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_AWS_BYTES", 1000)
    with pytest.raises(PackagingError, match="at most 1000 are allowed"):
        build_bundle("lookup", "aws", checkout)


@pytest.mark.parametrize(
    ("function", "target", "message"),
    [
        ("absent", "aws", r"function 'absent': no lambdas/absent/handler\.py .* name one of: lookup"),
        ("lookup", "gcp", "target 'gcp': unknown; name one of: aws, local"),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(
    checkout: Path, function: str, target: str, message: str
) -> None:
    with pytest.raises(PackagingError, match=message):
        build_bundle(function, target, checkout)


def test_a_registry_that_was_not_compiled_is_missed_before_anything_is_built(checkout: Path) -> None:
    (checkout / "features/registry.json").unlink()
    with pytest.raises(PackagingError, match="headwater apply"):
        build_bundle("lookup", "aws", checkout)
    assert not (checkout / "dist").exists()
