"""The metadata of a table for the target: what it says of files that have arrived, with the paths of their copies."""

from collections.abc import Iterable
from copy import deepcopy

import msgspec

from headwater.offline import pins
from headwater.offline.replica import lineage
from headwater.offline.replica.move import Move, fingerprint
from headwater.offline.replica.states import Json, State

_STATISTICS = ("statistics", "partition-statistics")
_PATHS = ("write.data.path", "write.metadata.path", "write.object-storage.path", "write.folder-storage.path")
"""Properties that are paths."""


def relocate(source: State, head: Json | None, lists: dict[int, str], move: Move) -> State:
    """Write the metadata of a table for the target.

    Args:
        source: The table.
        head: Snapshot that readers are to see; None: none, the table is empty.
        lists: Path of the list of manifests in the target, for each snapshot that stays.
        move: The way of the table.
    """
    metadata = deepcopy(source.metadata)
    metadata["location"] = move.moved(f"{source.location.rstrip('/')}/").rstrip("/")
    metadata["current-snapshot-id"] = -1 if head is None else head["snapshot-id"]
    metadata["snapshots"] = [
        {**snapshot, "manifest-list": lists[number]}
        for number, snapshot in source.snapshots.items()
        if number in lists
    ]
    metadata["snapshot-log"] = _unbroken(metadata.get("snapshot-log", []), lists, head)
    metadata["refs"] = _refs(metadata.get("refs", {}), lists, head)
    for kind in _STATISTICS:
        metadata[kind] = [
            {**file, "statistics-path": move.moved(file["statistics-path"])}
            for file in metadata.get(kind, [])
            if file["snapshot-id"] in lists
        ]
    # Those files name the source's.
    metadata["metadata-log"] = []
    metadata["properties"] = _properties(source, head, lists, move)
    # The number goes on counting when the target is written itself.
    name = f"{source.number:05d}-{fingerprint(encode(metadata))}.metadata.json"
    return State(move.at(f"{move.own}metadata/{name}"), metadata)


def encode(metadata: Json) -> bytes:
    """Metadata as it is written."""
    return msgspec.json.encode(metadata)


def statistics_of(source: State, snapshot_id: int) -> Iterable[tuple[str, int]]:
    """Path and bytes of each file of statistics of a snapshot."""
    for kind in _STATISTICS:
        for file in source.metadata.get(kind, []):
            if file["snapshot-id"] == snapshot_id:
                yield file["statistics-path"], file["file-size-in-bytes"]


def _unbroken(log: list[Json], lists: dict[int, str], head: Json | None) -> list[Json]:
    """What was seen when, up to the head; from the last gap on, as Iceberg wants it."""
    until = [
        number for number, entry in enumerate(log) if head and entry["snapshot-id"] == head["snapshot-id"]
    ]
    kept: list[Json] = []
    for entry in log[: until[-1] + 1] if until else []:
        kept = [*kept, entry] if entry["snapshot-id"] in lists else []
    return kept


def _refs(refs: dict[str, Json], lists: dict[int, str], head: Json | None) -> dict[str, Json]:
    kept = {name: ref for name, ref in refs.items() if ref["snapshot-id"] in lists and name != "main"}
    if head is None:
        return kept
    main = refs.get("main", {"type": "branch"})
    return {"main": {**main, "snapshot-id": head["snapshot-id"]}, **kept}


def _properties(source: State, head: Json | None, lists: dict[int, str], move: Move) -> dict[str, str]:
    kept = {}
    for name, value in source.properties.items():
        if name == lineage.SOURCE_COPY_OF or pins.is_dangling(name, value, lists):
            continue
        kept[name] = move.moved(value) if name in _PATHS else value
    return kept | lineage.marks(source, head)
