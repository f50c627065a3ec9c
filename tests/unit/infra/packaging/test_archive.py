"""Bytes of an archive."""

import os
import stat
import zipfile
from pathlib import Path

import pytest

from infra.packaging.archive import write_zip


def test_bytes_do_not_depend_on_times_modes_or_the_order_of_entries(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"content of {name}")
    write_zip(tmp_path / "first.zip", {"a": tmp_path / "one", "b/c": tmp_path / "two"})
    os.utime(tmp_path / "one", (0, 0))
    (tmp_path / "two").chmod(0o600)
    write_zip(tmp_path / "second.zip", {"b/c": tmp_path / "two", "a": tmp_path / "one"})
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_entries_can_be_read_by_every_user(tmp_path: Path) -> None:
    (tmp_path / "file").touch(mode=0o600)
    write_zip(tmp_path / "made.zip", {"file": tmp_path / "file"})
    with zipfile.ZipFile(tmp_path / "made.zip") as archive:
        assert stat.S_IMODE(archive.getinfo("file").external_attr >> 16) == 0o644


def test_a_failure_leaves_the_older_archive_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "made.zip").write_bytes(b"older")
    with pytest.raises(FileNotFoundError):
        write_zip(tmp_path / "made.zip", {"gone": tmp_path / "gone"})
    assert (tmp_path / "made.zip").read_bytes() == b"older"
