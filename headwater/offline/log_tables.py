"""Tables of the event log, created and kept as the sources and their layout say, without writing a row again."""

import pyarrow as pa
from pyiceberg.catalog import Catalog
from pyiceberg.partitioning import PartitionField
from pyiceberg.table import Table
from pyiceberg.transforms import BucketTransform, DayTransform, IdentityTransform

from headwater.errors import InputError
from headwater.offline.layout import FORMAT_VERSION, PROPERTIES, Layout
from headwater.offline.types import log_schema
from headwater.registry import SourceSpec


def create(catalog: Catalog, name: tuple[str, str], source: SourceSpec, layout: Layout) -> None:
    """Create a source's table."""
    table = catalog.create_table(name, schema=log_schema(source), properties=PROPERTIES)
    with table.update_spec() as spec:
        spec.add_field("event_time", DayTransform(), "event_day")
    lay_out(table, layout)


def evolve(table: Table, source: SourceSpec, layout: Layout) -> None:
    """Add the columns that a source has gained, and lay the table out as it is laid out now.

    Raises:
        InputError: A column of the table has another type than the source now says.
    """
    wanted = log_schema(source)
    found = table.schema().as_arrow()
    for field in wanted:
        if field.name in found.names and not _same_type(found.field(field.name).type, field.type):
            raise InputError(
                f"event log of {source.name!r}, column {field.name!r}: the table has {found.field(field.name).type}, "
                f"the source says {field.type}; a column keeps its type, so give the new one another name"
            )
    if set(wanted.names) - set(found.names):
        with table.update_schema() as update:
            update.union_by_name(wanted)
    lay_out(table, layout)


def lay_out(table: Table, layout: Layout) -> None:
    """Change what differs; each change is a commit that other writers are put behind."""
    missing = {
        name: value
        for name, value in PROPERTIES.items()
        if name != FORMAT_VERSION and table.properties.get(name) != value
    }
    if missing:
        with table.transaction() as transaction:
            transaction.set_properties(missing)
    if _sorted_by(table) != layout.sorted_by:
        with table.update_sort_order() as order:
            for column in layout.sorted_by:
                order.asc(column, IdentityTransform())
    buckets = [field for field in table.spec().fields if isinstance(field.transform, BucketTransform)]
    if [field.name for field in buckets] != ([layout.bucket_field] if layout.bucketed_by else []):
        _divide(table, layout, buckets)


def _divide(table: Table, layout: Layout, buckets: list[PartitionField]) -> None:
    with table.update_spec() as spec:
        for field in buckets:
            spec.remove_field(field.name)
        if layout.bucketed_by:
            spec.add_field(layout.bucketed_by, BucketTransform(layout.buckets), layout.bucket_field)


def _sorted_by(table: Table) -> tuple[str, ...]:
    names = (table.schema().find_column_name(field.source_id) for field in table.sort_order().fields)
    return tuple(name for name in names if name)


def _same_type(left: pa.DataType, right: pa.DataType) -> bool:
    # Iceberg reads strings back as large strings.
    return left == right or {left, right} == {pa.string(), pa.large_string()}
