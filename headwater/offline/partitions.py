"""Work larger than memory: events and labels of a view split by entity, the events through files."""

import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from headwater.offline.log_reads import EventLog
from headwater.offline.ranges import Positions
from headwater.offline.types import ARROW_TYPES, to_numpy
from headwater.registry import ViewSpec
from headwater.windows import Bounds

_BYTES_PER_ROW = 80
"""What sorting and reducing takes for each event beside its columns."""

_BYTES_PER_VALUE = 24
"""A value, its copy in order, and room for text."""

_MOST_PARTS = 512


def split(
    view: ViewSpec,
    columns: Sequence[str],
    labels: pa.Table,
    log: EventLog,
    needed: Bounds,
    memory_bytes: int | None,
) -> Iterator[tuple[Positions | None, pa.Table]]:
    """Cut the work of a view into parts, each with some of the entities.

    Args:
        view: The view.
        columns: Columns of its events.
        labels: The label rows.
        log: Events.
        needed: Event times needed.
        memory_bytes: Most that the events of a part should take at work; None: all in one part.

    Yields:
        Rows of the labels (None: all), and the events of their entities.
    """
    parts = 1
    if memory_bytes is not None:
        bytes_needed = log.count(view.source, needed) * (_BYTES_PER_ROW + _BYTES_PER_VALUE * len(columns))
        parts = min(max(-(-bytes_needed // memory_bytes), 1), _MOST_PARTS)
    if parts == 1:
        yield None, log.read(view.source, columns, needed)
        return
    label_part = _part_of(labels, [key.name for key in view.keys], view, parts)
    with tempfile.TemporaryDirectory(prefix="headwater-") as folder:
        files = _spill(view, columns, log, needed, parts, Path(folder))
        for part, file in enumerate(files):
            rows = np.flatnonzero(label_part == part)
            if len(rows):
                with pa.OSFile(str(file)) as source, pa.ipc.open_stream(source) as reader:
                    events = reader.read_all()
                yield rows, events
            file.unlink()


def _spill(
    view: ViewSpec, columns: Sequence[str], log: EventLog, needed: Bounds, parts: int, folder: Path
) -> list[Path]:
    files = [folder / f"{part}.arrows" for part in range(parts)]
    with ExitStack() as stack:
        writers: list[pa.ipc.RecordBatchStreamWriter] = []
        for batch in log.batches(view.source, columns, needed):
            table = pa.Table.from_batches([batch])
            if not writers:
                writers = [stack.enter_context(pa.ipc.new_stream(str(file), table.schema)) for file in files]
            place = _part_of(table, [key.column for key in view.keys], view, parts)
            order = np.argsort(place, kind="stable")
            ends = np.searchsorted(place[order], np.arange(parts + 1))
            for part, writer in enumerate(writers):
                if ends[part] < ends[part + 1]:
                    writer.write_table(table.take(pa.array(order[ends[part] : ends[part + 1]])))
        if not writers:
            empty = log.read(view.source, columns, Bounds(needed.after_us, needed.after_us)).slice(0, 0)
            for file in files:
                with pa.ipc.new_stream(str(file), empty.schema) as writer:
                    writer.write_table(empty)
    return files


def _part_of(table: pa.Table, names: Sequence[str], view: ViewSpec, parts: int) -> Positions:
    """Part of each row, by its entity alone."""
    total = np.zeros(table.num_rows, dtype=np.int64)
    for name, key in zip(names, view.keys, strict=True):
        values = table[name].cast(ARROW_TYPES[key.type]).combine_chunks().dictionary_encode()
        hashes = [zlib.crc32(str(value).encode()) for value in values.dictionary.to_pylist()]
        codes = to_numpy(pc.fill_null(values.indices, len(hashes))).astype(np.int64)
        total = total * 31 + np.array([*hashes, 0], dtype=np.int64)[codes]
    result: Positions = total % parts
    return result
