"""Gathers the files Glue jobs run with: scripts, wheels, the compiled registry.

A job starts in a network without a way to a package index, so the packages that Glue lacks go along as
wheels, with hashes checked here. What Glue brings itself is `PROVIDED`; a script that imports anything
else is refused, because on Glue it would fail only when it runs.
"""

import hashlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from infra.packaging import imports, wheels
from infra.packaging.bundle import REGISTRY, on_demand_modules
from infra.packaging.errors import PackagingError
from infra.packaging.job_wheel import build_job_wheel

PROVIDED = ("boto3", "botocore", "numpy", "pandas", "py4j", "pyarrow", "pyspark")
"""What we rely on Glue 5.1 to bring, in its versions."""

REQUIREMENTS = "requirements/glue.txt"
"""Locked packages that Glue lacks."""

FOLLOWER = "replicate"
"""Script of the job that lets tables follow another region's: it works on Iceberg's metadata itself."""

FOLLOWER_REQUIREMENTS = "requirements/glue_replica.txt"
"""Locked packages that it needs beside `REQUIREMENTS`."""

_PLATFORM = (
    *("--implementation", "cp", "--python-version", "3.11"),
    *("--platform", "manylinux_2_28_x86_64", "--platform", "manylinux2014_x86_64"),
)
"""Glue 5.1: Python 3.11 on Amazon Linux 2023, on processors of Intel's kind."""


@dataclass(frozen=True, kw_only=True)
class JobFiles:
    """Files of the jobs.

    Attributes:
        scripts: Entry point of each job, by the job's name.
        packages: Wheels of packages that Glue lacks, in the order to install them; the local cloud's jobs
            run in an environment that has them.
        follower_packages: Further wheels for `FOLLOWER`.
        wheel: Wheel of our code.
        registry: Compiled registry.
    """

    scripts: dict[str, Path]
    packages: tuple[Path, ...]
    follower_packages: tuple[Path, ...]
    wheel: Path
    registry: Path


def build_job_files(target: str, root: Path) -> JobFiles:
    """Build and gather what jobs need.

    Args:
        target: ``aws`` or ``local``.
        root: Checkout to build from and in.

    Raises:
        PackagingError: The target is unknown, the registry is not compiled, or a script imports what would
            not be there.
    """
    if target not in wheels.TARGETS:
        raise PackagingError(f"target {target!r}: unknown; name one of: {', '.join(wheels.TARGETS)}")
    if not (root / REGISTRY).is_file():
        raise PackagingError(
            f"registry {root / REGISTRY}: no such file; compile the definitions with `headwater apply`"
        )
    scripts = {file.stem: file for file in sorted((root / "glue_scripts").glob("[!_]*.py"))}
    if not scripts:
        raise PackagingError(f"scripts: no glue_scripts/*.py under {root}; nothing to deploy")
    check_imports(root)
    return JobFiles(
        scripts=scripts,
        packages=download(root) if target == "aws" else (),
        follower_packages=download(root, FOLLOWER_REQUIREMENTS) if target == "aws" else (),
        wheel=build_job_wheel(root),
        registry=root / REGISTRY,
    )


def check_imports(root: Path) -> None:
    """Refuse scripts that could not be loaded on Glue.

    Raises:
        PackagingError: Names packages and places.
    """
    scripts = [file.stem for file in sorted((root / "glue_scripts").glob("[!_]*.py"))]
    _check_imports(root, [script for script in scripts if script != FOLLOWER], [REQUIREMENTS])
    if FOLLOWER in scripts:
        _check_imports(root, [FOLLOWER], [REQUIREMENTS, FOLLOWER_REQUIREMENTS])


def _check_imports(root: Path, scripts: list[str], requirements: list[str]) -> None:
    modules = [f"glue_scripts.{script}" for script in scripts]
    closure = imports.follow(root, *modules, "feature_jobs", *on_demand_modules(root))
    brought = {package for file in requirements for package in locked(root, file)}
    present = {*PROVIDED, *brought, *sys.stdlib_module_names}
    missing = [found for found in closure.external if found.required and found.package not in present]
    if missing:
        places = "; ".join(f"{found.package} at {found.file}:{found.line}" for found in missing)
        file = requirements[-1].replace(".txt", ".in")
        raise PackagingError(
            f"Glue jobs: import packages that Glue would not have: {places}; add them to {file} and run "
            "`make lock`, or do not import them where jobs pass by"
        )


def download(root: Path, requirements: str = REQUIREMENTS) -> tuple[Path, ...]:
    """Return the wheels of a file of requirements; fetched once for equal ones, with checked hashes.

    Raises:
        PackagingError: The requirements are absent, or the installer failed.
    """
    file = _requirements(root, requirements)
    key = hashlib.sha256(file.read_bytes() + repr(_PLATFORM).encode()).hexdigest()[:16]
    folder = root / "build" / "wheels" / f"glue-{key}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".partial-") as partial:
            fresh = Path(partial) / "wheels"
            _fetch(file, fresh)
            try:
                fresh.rename(folder)
            except OSError:  # another build was first; its folder is as good
                if not folder.is_dir():
                    raise
    return tuple(sorted(folder.glob("*.whl")))


def _fetch(requirements: Path, folder: Path) -> None:
    # Not uv, which installs wheels but cannot keep them.
    command = [
        *(sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"),
        *("--no-deps", "--require-hashes", "--only-binary", ":all:", *_PLATFORM),
        *("--dest", str(folder), "--requirement", str(requirements)),
    ]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise PackagingError(
            f"packages of {requirements.name} for Glue: the installer ended with {finished.returncode}: "
            f"{finished.stderr.strip()}; is the package index reachable?"
        )


def _requirements(root: Path, requirements: str) -> Path:
    file = root / requirements
    if not file.is_file():
        raise PackagingError(f"requirements {file}: no such file; run `make lock`")
    return file


def locked(root: Path, requirements: str = REQUIREMENTS) -> set[str]:
    """Names of the packages of a file of requirements, as they are imported."""
    lines = _requirements(root, requirements).read_text().splitlines()
    return {line.partition("==")[0].replace("-", "_") for line in lines if "==" in line}
