"""Builds the wheel of our code that Glue jobs install.

It is written here rather than by a build backend: those leave files in the checkout, take seconds, and
pack the rooms that `pyproject.toml` installs, which are more than a job may carry. A wheel of pure Python
is a zip with three files of metadata; installers check them, and a test lets one do so.
"""

import base64
import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path

from infra.packaging import archive
from infra.packaging.errors import PackagingError

ROOMS = ("feature_jobs", "features", "headwater")
"""What jobs run. Their scripts are not in it: Glue fetches those by themselves."""

SUFFIXES = (".json", ".py", ".typed")
_TAG = "py3-none-any"


def build_job_wheel(root: Path) -> Path:
    """Build ``dist/jobs/headwater-<version>-py3-none-any.whl``.

    Equal sources make equal bytes: entries are sorted and carry the one timestamp of `archive`, so that
    ``SOURCE_DATE_EPOCH`` has nothing to change. Needs no network and writes only under ``dist``.

    Args:
        root: Checkout to build from and in.

    Raises:
        PackagingError: A room is absent, or ``pyproject.toml`` does not say name and version.
    """
    name, version = _project(root / "pyproject.toml")
    entries = _sources(root)
    info = f"{name}-{version}.dist-info"
    entries |= {
        # No dependencies: they are given to Glue as wheels of their own, and there may be no index to ask.
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": (
            f"Wheel-Version: 1.0\nGenerator: headwater\nRoot-Is-Purelib: true\nTag: {_TAG}\n".encode()
        ),
    }
    entries[f"{info}/RECORD"] = _record(entries, f"{info}/RECORD")
    path = root / "dist" / "jobs" / f"{name}-{version}-{_TAG}.whl"
    archive.write_zip(path, entries)
    return path


def _project(file: Path) -> tuple[str, str]:
    try:
        project = tomllib.loads(file.read_text())["project"]
        return str(project["name"]), str(project["version"])
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        raise PackagingError(
            f"{file}: found no name and version of the project ({error!r}); expected them in [project]"
        ) from error


def _sources(root: Path) -> dict[str, bytes]:
    found = {}
    for room in ROOMS:
        if not (root / room).is_dir():
            raise PackagingError(f"room {root / room}: no such folder; jobs need {', '.join(ROOMS)}")
        for file in (root / room).rglob("*"):
            if file.suffix in SUFFIXES and file.is_file():
                found[file.relative_to(root).as_posix()] = file.read_bytes()
    return found


def _record(entries: Mapping[str, bytes], own: str) -> bytes:
    """List every entry with its hash and size, as installers check it; the list itself has neither."""
    lines = [f"{name},sha256={_digest(entries[name])},{len(entries[name])}" for name in sorted(entries)]
    return "\n".join([*lines, f"{own},,", ""]).encode()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
