"""What the tables of two regions hold, side by side."""

from typing import Any, NamedTuple

from dr.regions import Region
from headwater import names


class Differing(NamedTuple):
    """A key whose values differ; None: the region has none."""

    key: str
    left: bytes | None
    taken: bytes | None


def differing(left: Region, taken: Region) -> list[Differing]:
    """Keys whose values differ, sorted; the producers' pointer is no such key: it moves while it is compared."""
    mine, others = items(left), items(taken)
    skipped = names.pointer_key(taken.outputs.environment)
    return [
        Differing(key, mine.get(key), others.get(key))
        for key in sorted((mine.keys() | others.keys()) - {skipped})
        if mine.get(key) != others.get(key)
    ]


def items(region: Region) -> dict[str, bytes]:
    """Every value of a region's table, by key."""
    dynamodb: Any = region.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(
        TableName=region.outputs.online_table_name, ConsistentRead=True
    )
    return {item["k"]["S"]: bytes(item["v"]["B"]) for page in pages for item in page["Items"]}
