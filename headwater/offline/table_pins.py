"""Pins of tables, made and found by one machine; what a pin is says `headwater.offline.pins`."""

from collections.abc import Callable

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.update.snapshot import ManageSnapshots

from headwater.errors import ConflictError
from headwater.offline import pins
from headwater.offline.commits import ATTEMPTS
from headwater.registry import Registry, ServiceSpec


def pin_table(
    load: Callable[[], Table], registry: Registry, service: ServiceSpec, tag: str, *, create: bool
) -> int | None:
    """Find or make a table's pin.

    Args:
        load: Loads the table.
        registry: Definitions.
        service: Of the training set.
        tag: Name of the tag.
        create: Make the pin where there is none.

    Returns:
        Snapshot to read; None: the table was empty.

    Raises:
        InputError: There is no such pin, or it does not fit.
        ConflictError: Other writers were first too often.
    """
    pins.check_tag(tag)
    for _ in range(ATTEMPTS):
        table = load()
        name = table.name()[-1]
        current = table.current_snapshot()
        fresh = pins.pin_of(registry, service, current.snapshot_id if current else None)
        found = pins.find(name, table.properties, tag)
        if found is not None:
            pins.check_fits(name, tag, found, fresh)
            return found.snapshot_id
        if not create:
            raise pins.missing(name, tag, table.properties)
        try:
            _make(table, tag, fresh)
        except CommitFailedException:
            continue
        return fresh.snapshot_id
    raise ConflictError(
        f"tag {tag!r}: not made in {ATTEMPTS} attempts because other writers were first; run again"
    )


def _make(table: Table, tag: str, pin: pins.Pin) -> None:
    # One commit: no property without its tag, no tag without its property.
    with table.transaction() as transaction:
        transaction.set_properties({pins.property_of(tag): pins.encode(pin)})
        if pin.snapshot_id is not None:
            ManageSnapshots(transaction).create_tag(pin.snapshot_id, tag).commit()
