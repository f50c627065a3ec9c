"""What jobs are deployed with: every script can be loaded on Glue, from what is given or there."""

from pathlib import Path

import pytest

from infra.packaging import job_files
from infra.packaging.errors import PackagingError
from tests.unit.infra.packaging.conftest import CHECKOUT


def test_the_scripts_of_this_checkout_import_only_what_glue_has_or_is_given() -> None:
    job_files.check_imports(CHECKOUT)


def test_a_job_that_imports_what_glue_lacks_is_refused_with_the_place(checkout: Path) -> None:
    (checkout / "feature_jobs" / "compact.py").write_text("\nimport pyiceberg\n")
    with pytest.raises(PackagingError, match=r"pyiceberg at feature_jobs/compact.py:2"):
        job_files.check_imports(checkout)


def test_what_the_job_that_follows_is_given_no_other_may_import(checkout: Path) -> None:
    (checkout / "glue_scripts" / "replicate.py").write_text("import pyiceberg\n")
    job_files.check_imports(checkout)
    (checkout / "glue_scripts" / "compact.py").write_text("import pyiceberg\n")
    with pytest.raises(
        PackagingError, match=r"pyiceberg at glue_scripts/compact.py:1; add them to requirements/glue.in"
    ):
        job_files.check_imports(checkout)


def test_the_local_cloud_gets_no_packages_because_its_jobs_run_where_they_are(checkout: Path) -> None:
    found = job_files.build_job_files("local", checkout)
    assert (list(found.scripts), found.packages, found.follower_packages) == (["compact"], (), ())


@pytest.mark.parametrize(
    ("requirements", "package"),
    [(job_files.REQUIREMENTS, "msgspec"), (job_files.FOLLOWER_REQUIREMENTS, "pyiceberg")],
)
def test_glue_gets_every_locked_package_as_a_wheel_it_can_install(requirements: str, package: str) -> None:
    names = [wheel.name for wheel in job_files.download(CHECKOUT, requirements)]
    locked = (CHECKOUT / requirements).read_text().splitlines()
    assert len(names) == sum("==" in line for line in locked)
    assert [name for name in names if "none-any" not in name and "cp311-manylinux" not in name] == []
    assert any(name.startswith(f"{package}-") for name in names)


def test_no_package_is_brought_twice() -> None:
    both = job_files.locked(CHECKOUT) & job_files.locked(CHECKOUT, job_files.FOLLOWER_REQUIREMENTS)
    assert both == set()


@pytest.mark.parametrize("requirements", [job_files.REQUIREMENTS, job_files.FOLLOWER_REQUIREMENTS])
def test_what_is_deployed_has_the_versions_that_are_tested_here(requirements: str) -> None:
    tested = (CHECKOUT / "requirements" / "project.txt").read_text()
    pins = [line.split()[0] for line in (CHECKOUT / requirements).read_text().splitlines() if "==" in line]
    # Only Python before 3.11.3 needs it; the environment of the tests is newer.
    assert [pin for pin in pins if pin not in tested and not pin.startswith("async-timeout")] == []


@pytest.mark.parametrize(
    ("removed", "said"),
    [("features/registry.json", "headwater apply"), ("glue_scripts/compact.py", "nothing to deploy")],
)
def test_what_is_missing_is_named(checkout: Path, removed: str, said: str) -> None:
    (checkout / removed).unlink()
    with pytest.raises(PackagingError, match=said):
        job_files.build_job_files("local", checkout)


def test_an_unknown_target_is_refused(checkout: Path) -> None:
    with pytest.raises(PackagingError, match="name one of: aws, local"):
        job_files.build_job_files("gcp", checkout)
