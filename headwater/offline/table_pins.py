"""Pins of tables, made and found by one machine; what a pin is says `headwater.offline.pins`."""

from collections.abc import Callable

from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table import Table
from pyiceberg.table.update.snapshot import ManageSnapshots

from headwater.errors import ConflictError
from headwater.offline import pins
from headwater.offline.commits import ATTEMPTS
from headwater.offline.pins import PinRequest


def pin_table(load: Callable[[], Table], request: PinRequest) -> int | None:
    """Find or make a table's pin.

    Args:
        load: Loads the table.
        request: Which pin.

    Returns:
        Snapshot to read; None: the table was empty.

    Raises:
        InputError: There is no such pin, or it does not fit.
        ConflictError: Other writers were first too often.
    """
    for _ in range(ATTEMPTS):
        table = load()
        found = request.find(table.name()[-1], table.properties)
        if found is not None:
            return found.snapshot_id
        current = table.current_snapshot()
        fresh = request.fresh(current.snapshot_id if current else None)
        try:
            _make(table, request.tag, fresh)
        except CommitFailedException:
            continue
        return fresh.snapshot_id
    raise ConflictError(
        f"tag {request.tag!r}: not made in {ATTEMPTS} attempts because other writers were first; run again"
    )


def _make(table: Table, tag: str, pin: pins.Pin) -> None:
    # One commit: no property without its tag, no tag without its property.
    with table.transaction() as transaction:
        transaction.set_properties({pins.property_of(tag): pins.encode(pin)})
        if pin.snapshot_id is not None:
            ManageSnapshots(transaction).create_tag(pin.snapshot_id, tag).commit()
