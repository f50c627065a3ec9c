"""Spark sessions: on Glue the one that is there, elsewhere one on this machine."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import SparkSession

from headwater.errors import SettingsError

_SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.adaptive.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
_ON_ONE_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
}


def glue_session(settings: Mapping[str, str]) -> SparkSession:
    """Start the session of a Glue job, where Spark knows already where it runs and brings Iceberg along.

    Args:
        settings: Of Spark, beside those every session of ours has.
    """
    builder = SparkSession.builder.appName("headwater")
    for name, value in (_SETTINGS | dict(settings)).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def local_session(
    jars: Path | None = None,
    *,
    memory: str = "2g",
    partitions: int = 4,
    settings: Mapping[str, str] | None = None,
) -> SparkSession:
    """Start Spark on this machine, or return the session that runs already.

    Args:
        jars: Folder under which the jars are, such as Iceberg's; None: Spark's own alone.
        memory: Of the process, as Java writes it.
        partitions: Of a shuffle.
        settings: Of Spark, beside those every session of ours has.

    Raises:
        SettingsError: There are no jars.
    """
    # Spark starts functions on demand with the first `python3` there is, unless told otherwise.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[*]").appName("headwater")
    found = {
        **_SETTINGS,
        **_ON_ONE_MACHINE,
        "spark.driver.memory": memory,
        "spark.sql.shuffle.partitions": str(partitions),
    }
    if jars is not None:
        files = sorted(map(str, jars.rglob("*.jar")))
        if not files:
            raise SettingsError(f"jars {jars}: no .jar file under this folder; run `make setup`")
        found["spark.jars"] = ",".join(files)
    for name, value in (found | dict(settings or {})).items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
