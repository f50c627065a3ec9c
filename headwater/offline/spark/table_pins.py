"""Pins of tables, made and found by Spark; what a pin is says `headwater.offline.pins`."""

from pyspark.sql import SparkSession

from headwater.offline import pins
from headwater.offline.pins import PinRequest


def pin_table(spark: SparkSession, table: str, request: PinRequest) -> int | None:
    """Find or make a table's pin.

    Args:
        spark: The session.
        table: With catalog and database.
        request: Which pin.

    Returns:
        Snapshot to read; None: the table was empty.

    Raises:
        InputError: There is no such pin, or it does not fit.
    """
    properties = {row["key"]: row["value"] for row in spark.sql(f"SHOW TBLPROPERTIES {table}").collect()}
    found = request.find(table.rpartition(".")[2], properties)
    if found is not None:
        return found.snapshot_id
    fresh = request.fresh(_current(properties))
    # Without its property a tag is no pin: a run that was killed in between is taken up here.
    if fresh.snapshot_id is not None:
        spark.sql(
            f"ALTER TABLE {table} CREATE OR REPLACE TAG `{request.tag}` AS OF VERSION {fresh.snapshot_id}"
        )
    value = pins.encode(fresh).replace("'", "\\'")
    spark.sql(f"ALTER TABLE {table} SET TBLPROPERTIES ('{pins.property_of(request.tag)}' = '{value}')")
    return fresh.snapshot_id


def _current(properties: dict[str, str]) -> int | None:
    found = properties.get("current-snapshot-id", "none")
    return None if found == "none" else int(found)
