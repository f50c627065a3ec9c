"""How AWS counts sizes: read and write units, records that are rounded up, items with what they are kept in."""

import math

KB = 1024
READ_UNIT_BYTES = 4 * KB
WRITE_UNIT_BYTES = KB
KINESIS_UNIT_BYTES = 25 * KB
KINESIS_RECORD_BYTES = KB
FIREHOSE_RECORD_BYTES = 5 * KB
ITEM_OVERHEAD_BYTES = 100
"""What DynamoDB adds to an item when it counts what is stored."""


def write_units(size: int) -> int:
    """Write units of an item of a size.

    >>> write_units(1024), write_units(1025)
    (1, 2)
    """
    return max(math.ceil(size / WRITE_UNIT_BYTES), 1)


def read_units(size: int) -> int:
    """Read units of a consistent read of an item of a size; half of them otherwise.

    >>> read_units(0), read_units(4096), read_units(4097)
    (1, 1, 2)
    """
    return max(math.ceil(size / READ_UNIT_BYTES), 1)


def item_bytes(key_bytes: int, value_bytes: int) -> int:
    """Size of an item as DynamoDB counts it: key, value, revision (four digits) and expiry (ten), with their names.

    A number takes a byte for two digits and one more.
    """
    return 1 + key_bytes + 1 + value_bytes + 1 + 3 + 1 + 6


def rounded_up(size: float, step: int) -> int:
    """Bytes that are counted where a record counts as a multiple of ``step``.

    >>> rounded_up(1, 5120), rounded_up(5121, 5120)
    (5120, 10240)
    """
    return max(math.ceil(size / step), 1) * step
