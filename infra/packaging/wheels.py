"""Installs the packages a function carries, for the machine it will run on, and keeps them.

An installation depends on nothing but the locked requirements, the target and the rules below, so it
is kept under ``build/wheels`` by a hash of these and made once.
"""

import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import uv

from infra.packaging.errors import PackagingError

AWS_SERVICES = ("cloudwatch", "dynamodb", "firehose", "kinesis", "s3", "sqs", "sts")
"""Services whose boto3 models are kept. All of them take 28 MB, which each cold start unpacks."""

DROPPED_FOLDERS = ("__pycache__", "tests", "test", "bin", "examples", "*.dist-info")
"""Folders that no import needs. Metadata goes too: no kept package reads its own at import."""

DROPPED_FILES = (
    "*.pyi",
    "*.c",
    "*.h",
    "*.pyx",
    "*.js",
    "*.rst",
    "*.txt",
    "py.typed",
    ".lock",
    "examples-1.json",
    "*.a",
    "*.pxd",
)

NUMPY_REQUIREMENTS = "requirements/lambda_numpy.txt"

SERVICE_DATA = ("boto3/data", "botocore/data")
"""Folders with one folder for each service."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a function runs."""

    name: str
    requirements: str
    """Locked requirements, relative to the checkout."""

    platform: tuple[str, ...]
    """What the installer is told about an interpreter that is not this one."""

    provided: tuple[str, ...]
    """Packages that the runtime brings itself."""

    identity: str
    """Changes when wheels installed for this target would."""


def _target(name: str) -> Target:
    if name == "aws":
        platform = ("--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.13")
        return Target(
            name=name,
            requirements="requirements/lambda.txt",
            platform=platform,
            provided=("boto3", "botocore"),
            identity=" ".join(platform),
        )
    return Target(
        name=name,
        requirements="requirements/lambda_local.txt",
        platform=(),
        provided=(),
        identity=f"{sys.implementation.cache_tag} {sysconfig.get_platform()}",
    )


TARGETS = {name: _target(name) for name in ("aws", "local")}


def install(target: Target, root: Path, *, numpy: bool = False) -> Path:
    """Return a folder with a target's packages, installed from wheels with checked hashes.

    Args:
        target: Where the function runs.
        root: Checkout with the requirements.
        numpy: Install NumPy as well, for features on demand.

    Raises:
        PackagingError: The requirements are absent, or the installer failed.
    """
    requirements = [root / target.requirements, *([root / NUMPY_REQUIREMENTS] if numpy else [])]
    for file in requirements:
        if not file.is_file():
            raise PackagingError(f"requirements {file}: no such file; run `make lock`")
    folder = root / "build" / "wheels" / f"{target.name}-{_key(target, requirements)}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".partial-") as partial:
        fresh = Path(partial) / "site"
        _run_installer(target, requirements, fresh)
        prune(fresh)
        try:
            fresh.rename(folder)
        except OSError:  # another build of the same bundle was first; its folder is as good
            if not folder.is_dir():
                raise
    return folder


def prune(folder: Path) -> None:
    """Delete what a function never reads from a folder of installed packages."""
    for data in SERVICE_DATA:
        for service in (folder / data).glob("*"):
            if service.is_dir() and service.name not in AWS_SERVICES:
                shutil.rmtree(service)
    for path in sorted(folder.rglob("*")):
        if not path.exists():  # inside a folder deleted before
            continue
        if path.is_dir():
            if _matches(path, DROPPED_FOLDERS):
                shutil.rmtree(path)
        elif _matches(path, DROPPED_FILES):
            path.unlink()


def _matches(path: Path, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path.name, pattern) for pattern in patterns)


def _key(target: Target, requirements: Sequence[Path]) -> str:
    rules = (target.identity, AWS_SERVICES, DROPPED_FOLDERS, DROPPED_FILES, SERVICE_DATA)
    return hashlib.sha256(
        b"".join(file.read_bytes() for file in requirements) + repr(rules).encode()
    ).hexdigest()[:16]


def _run_installer(target: Target, requirements: Sequence[Path], folder: Path) -> None:
    command = [
        *(uv.find_uv_bin(), "pip", "install", "--quiet", "--no-config"),
        *("--python", sys.executable, "--target", str(folder), *target.platform),
        *("--require-hashes", "--only-binary", ":all:"),
        *(word for file in requirements for word in ("--requirements", str(file))),
    ]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    if finished.returncode:
        raise PackagingError(
            f"packages of {target.requirements} for target {target.name!r}: the installer ended with "
            f"{finished.returncode}: {finished.stderr.strip()}; is the package index reachable?"
        )
