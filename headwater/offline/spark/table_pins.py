"""Pins of tables, made and found by Spark; what a pin is says `headwater.offline.pins`."""

from pyspark.sql import SparkSession

from headwater.offline import pins
from headwater.registry import Registry, ServiceSpec


def pin_table(
    spark: SparkSession, table: str, registry: Registry, service: ServiceSpec, tag: str, *, create: bool
) -> int | None:
    """Find or make a table's pin.

    Args:
        spark: The session.
        table: With catalog and database.
        registry: Definitions.
        service: Of the training set.
        tag: Name of the tag.
        create: Make the pin where there is none.

    Returns:
        Snapshot to read; None: the table was empty.

    Raises:
        InputError: There is no such pin, or it does not fit.
    """
    pins.check_tag(tag)
    name = table.rpartition(".")[2]
    properties = {row["key"]: row["value"] for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}
    fresh = pins.pin_of(registry, service, _current(properties))
    found = pins.find(name, properties, tag)
    if found is not None:
        pins.check_fits(name, tag, found, fresh)
        return found.snapshot_id
    if not create:
        raise pins.missing(name, tag, properties)
    # Without its property a tag is no pin: a run that was killed in between is taken up here.
    if fresh.snapshot_id is not None:
        spark.sql(f"ALTER TABLE {table} CREATE OR REPLACE TAG `{tag}` AS OF VERSION {fresh.snapshot_id}")
    value = pins.encode(fresh).replace("'", "\\'")
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('{pins.property_of(tag)}' = '{value}')")
    return fresh.snapshot_id


def _current(properties: dict[str, str]) -> int | None:
    found = properties.get("current-snapshot-id", "none")
    return None if found == "none" else int(found)
