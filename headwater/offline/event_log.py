"""The event log: every event of every source, in one Iceberg table a source.

Tables are partitioned by day of event time. A row is identified by where it was read: shard and
sequence. What the archive delivers twice is therefore recognised, however it was repeated.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import CommitFailedException, NoSuchTableError
from pyiceberg.table import DataScan, Table

from headwater import names
from headwater.envelope import sources_of
from headwater.environment import LOCAL_CREDENTIALS, Environment
from headwater.errors import ConflictError, InputError
from headwater.expressions import MAX_FLOAT, MAX_STRING_BYTES
from headwater.instants import from_us, to_us
from headwater.offline import log_tables
from headwater.offline.commits import ATTEMPTS, append_fresh
from headwater.offline.layout import layout_of
from headwater.offline.pins import PinRequest
from headwater.offline.table_pins import pin_table
from headwater.offline.types import log_schema
from headwater.page_size import MAX_ID_BYTES
from headwater.registry import Registry, SourceSpec
from headwater.windows import Bounds

_IDENTITY = ["shard", "sequence"]


class IcebergEventLog:
    """The event log in an Iceberg catalog.

    Args:
        catalog: Where the tables are registered.
        namespace: Database of the tables.
        registry: Sources and their columns.
        pinned: Snapshot to read of a source, instead of the latest; None: nothing, the table was empty.
    """

    def __init__(
        self,
        catalog: Catalog,
        namespace: str,
        registry: Registry,
        pinned: Mapping[str, int | None] | None = None,
    ) -> None:
        self._catalog = catalog
        self._namespace = namespace
        self._registry = registry
        self._sources = sources_of(registry)
        self._pinned = pinned or {}

    def ensure_tables(self) -> list[str]:
        """Create the tables that are not there yet, add the columns that sources have gained, and lay them out.

        Returns:
            Names of the tables that were created.

        Raises:
            InputError: A column of a table has another type than its source now says.
        """
        created = []
        for source in self._sources.values():
            try:
                table = self._table(source.name)
            except NoSuchTableError:
                name = (self._namespace, names.event_log_table(source.name))
                log_tables.create(self._catalog, name, source, layout_of(self._registry, source))
                created.append(name[1])
            else:
                log_tables.evolve(table, source, layout_of(self._registry, source))
        return created

    def append(self, source: str, events: pa.Table) -> None:
        """Append events as they are, in one commit.

        Args:
            source: Whose events.
            events: Columns of `log_schema`, in any order.

        Raises:
            InputError: A column is missing or of another type, or a value that must be there is null,
                or a number is not finite; nothing was written.
            ConflictError: Other writers committed first too often; nothing was written.
        """
        checked = _checked(events, self._sources[source])
        for _ in range(ATTEMPTS):
            try:
                self._table(source).append(checked)
            except CommitFailedException:
                continue
            return
        raise ConflictError(
            f"event log of {source!r}: {checked.num_rows} rows not committed in {ATTEMPTS} attempts "
            "because other writers were first; append them again"
        )

    def append_new(self, source: str, events: pa.Table) -> int:
        """Append the events that are not in the log yet.

        Returns:
            How many were new.

        Raises:
            InputError: As `append`.
            ConflictError: As `append`.
        """
        events = _first_of_each(events)
        times = pc.min_max(events["event_time"]).as_py()
        if times["min"] is None:
            return 0
        checked = _checked(events, self._sources[source])
        touched = Bounds(to_us(times["min"]) - 1, to_us(times["max"]))

        def fresh(table: Table) -> pa.Table:
            known = _scan(table, _IDENTITY, touched).to_arrow()
            return checked.filter(pc.invert(pc.is_in(_identity(checked), _identity(known).combine_chunks())))

        return append_fresh(f"event log of {source!r}", lambda: self._table(source), fresh)

    def read(self, source: str, columns: Sequence[str], interval: Bounds) -> pa.Table:
        """See `EventLog.read`; reads only these columns, of the day partitions that the interval touches."""
        return self._scan(source, columns, interval).to_arrow()

    def batches(self, source: str, columns: Sequence[str], interval: Bounds) -> Iterable[pa.RecordBatch]:
        """See `EventLog.batches`."""
        yield from self._scan(source, columns, interval).to_arrow_batch_reader()

    def count(self, source: str, interval: Bounds) -> int:
        """See `EventLog.count`; from the table's metadata alone."""
        files = self._scan(source, _IDENTITY, interval).plan_files()
        return sum(task.file.record_count for task in files)

    def tagged(self, service: str, tag: str, *, create: bool) -> "IcebergEventLog":
        """The log as a training set of a service read it, for reading again.

        Args:
            service: Name of the service.
            tag: Name of the tag.
            create: Tag what is there now, where there is no such tag yet.

        Raises:
            InputError: There is no such tag, or it is another service's, or definitions have changed since.
            ConflictError: Other writers were first too often; run again.
        """
        found = self._registry.service(service)
        request = PinRequest(registry=self._registry, service=found, tag=tag, create=create)
        sources = dict.fromkeys(view.source for view in self._registry.views_of(found))
        pinned = {source: pin_table(partial(self._table, source), request) for source in sources}
        return IcebergEventLog(self._catalog, self._namespace, self._registry, pinned)

    @property
    def pinned(self) -> dict[str, int | None]:
        """Snapshot that is read of each table that is pinned, by the table's name; None: the table was empty."""
        return {names.event_log_table(source): snapshot for source, snapshot in self._pinned.items()}

    def _scan(self, source: str, columns: Sequence[str], interval: Bounds) -> DataScan:
        table = self._table(source)
        if source not in self._pinned:
            return _scan(table, columns, interval)
        snapshot_id = self._pinned[source]
        # The snapshot of an empty table is none at all.
        until_us = interval.after_us if snapshot_id is None else interval.until_us
        return _scan(table, columns, Bounds(interval.after_us, until_us), snapshot_id)

    def _table(self, source: str) -> Table:
        return self._catalog.load_table((self._namespace, names.event_log_table(source)))


def open_event_log(outputs: Environment, registry: Registry) -> IcebergEventLog:
    """Open the event log of an environment."""
    catalog = open_glue_catalog(outputs.bucket_name, region=outputs.region, endpoint_url=outputs.endpoint_url)
    return IcebergEventLog(catalog, outputs.glue_database, registry)


def open_glue_catalog(bucket: str, *, region: str, endpoint_url: str | None = None) -> Catalog:
    """Open the Glue catalog, with the warehouse in ``bucket``.

    Args:
        bucket: Bucket of the offline store.
        region: AWS region.
        endpoint_url: Of a local cloud; None: AWS itself. Credentials are boto3's usual ones.
    """
    properties = {
        "type": "glue",
        "warehouse": f"s3://{bucket}/warehouse",
        "glue.region": region,
        "s3.region": region,
    }
    if endpoint_url:
        key, secret = LOCAL_CREDENTIALS["aws_access_key_id"], LOCAL_CREDENTIALS["aws_secret_access_key"]
        for service in ("glue", "s3"):
            properties |= {
                f"{service}.endpoint": endpoint_url,
                f"{service}.access-key-id": key,
                f"{service}.secret-access-key": secret,
            }
    return load_catalog("headwater", **properties)


def _scan(table: Table, columns: Sequence[str], interval: Bounds, snapshot_id: int | None = None) -> DataScan:
    return table.scan(
        row_filter=f"event_time > '{_literal(interval.after_us)}' and "
        f"event_time <= '{_literal(interval.until_us)}'",
        selected_fields=tuple(columns),
        snapshot_id=snapshot_id,
    )


def _literal(instant_us: int) -> str:
    instant: datetime = from_us(instant_us)
    return instant.isoformat()


def _identity(events: pa.Table) -> pa.ChunkedArray:
    # Iceberg reads strings back as large strings.
    return pc.binary_join_element_wise(
        events["shard"].cast(pa.string()), events["sequence"].cast(pa.string()), "/"
    )


def _first_of_each(events: pa.Table) -> pa.Table:
    identity = _identity(events).to_numpy()
    _, first = np.unique(identity.astype(str), return_index=True)
    return events.take(np.sort(first))


def _checked(events: pa.Table, source: SourceSpec) -> pa.Table:
    schema = log_schema(source)
    for field in schema:
        where = f"event log of {source.name!r}, column {field.name!r}"
        if field.name not in events.column_names:
            raise InputError(
                f"{where}: not among the columns given, {', '.join(events.column_names)}; add it"
            )
        column = events[field.name]
        if column.type != field.type:
            raise InputError(f"{where}: found {column.type}, expected {field.type}; cast the column")
        if not field.nullable and column.null_count:
            raise InputError(f"{where}: {column.null_count} nulls, expected none; leave those events out")
        if pa.types.is_floating(field.type):
            bad = pc.sum(pc.invert(pc.less_equal(pc.abs(column), MAX_FLOAT))).as_py() or 0
            if bad:
                raise InputError(
                    f"{where}: {bad} values are NaN, infinite or beyond {MAX_FLOAT:g}; make them null or leave the "
                    "events out"
                )
        if pa.types.is_string(field.type):
            _check_lengths(where, column, MAX_ID_BYTES if field.name == "event_id" else MAX_STRING_BYTES)
    return events.select(schema.names).cast(schema)


def _check_lengths(where: str, strings: pa.ChunkedArray, at_most: int) -> None:
    longest = pc.max(pc.binary_length(strings)).as_py() or 0
    if longest > at_most:
        raise InputError(
            f"{where}: a value has {longest} bytes, expected at most {at_most}; hash or shorten such values"
        )
