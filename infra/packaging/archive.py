"""Writes zip archives whose bytes depend on their content only.

What goes into an archive is decided elsewhere.
"""

import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
"""Oldest instant a zip can hold. Any fixed one would do."""

_MODE = 0o100644
"""A regular file that everybody may read: functions run as a user of the platform's choice."""

_UNIX = 3
_LEVEL = 6


def write_zip(path: Path, entries: Mapping[str, Path | bytes]) -> None:
    """Write files to a zip, so that equal files make equal bytes, wherever and whenever it is done.

    The archive appears whole or not at all, also when two builds write it at once.

    Args:
        path: Archive to write; its folder is made if absent.
        entries: File to read, or content, for each name inside the archive.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".partial-") as folder:
        partial = Path(folder) / path.name
        with zipfile.ZipFile(partial, "w") as archive:
            for name in sorted(entries):
                info = zipfile.ZipInfo(name, _TIMESTAMP)
                info.create_system = _UNIX
                info.external_attr = _MODE << 16
                info.compress_type = zipfile.ZIP_DEFLATED
                entry = entries[name]
                content = entry if isinstance(entry, bytes) else entry.read_bytes()
                archive.writestr(info, content, compresslevel=_LEVEL)
        partial.replace(path)
