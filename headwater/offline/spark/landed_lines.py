"""What the archive has landed, as data frames: lines of JSON, each found again by object and number.

Lines are parsed by Spark. Values were checked by the stream when they were archived; what is no event at
all stops the job and names the line, before anything is moved.
"""

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from headwater.errors import InputError
from headwater.offline.spark.log_tables import columns_of
from headwater.offline.spark.slot_columns import SPARK_TYPES
from headwater.registry import SourceSpec

KEY, LINE, TEXT, SOURCE = "__key", "__line", "__text", "__source"
_PARSED, _BROKEN = "__parsed", "__broken"
_ENVELOPE = ("event_id", "event_time", "arrival", "shard", "sequence")


def read_lines(spark: SparkSession, base: str, keys: Sequence[str]) -> DataFrame:
    """Lines of objects.

    Args:
        spark: The session.
        base: Below which Spark reads them, with its last slash.
        keys: Of the objects, below ``base``.

    Returns:
        `KEY`, `LINE` from 1 on and `TEXT`, without the empty ones.
    """
    whole = spark.read.text([base + key for key in keys], wholetext=True)
    path = sf.url_decode("_metadata.file_path")
    # On one machine Spark puts file:// before what it was given.
    key = sf.substring_index(path, base, -1)
    lines = whole.select(key.alias(KEY), sf.posexplode(sf.split("value", "\n")).alias(LINE, TEXT))
    return lines.select(KEY, (sf.col(LINE) + 1).alias(LINE), TEXT).where(sf.length(TEXT) > 0)


def with_source(lines: DataFrame) -> DataFrame:
    """Lines with `SOURCE`, null where a line says none."""
    return lines.withColumn(SOURCE, sf.get_json_object(TEXT, "$.source"))


def check_sources(lines: DataFrame, sources: Mapping[str, SourceSpec]) -> None:
    """Check that every line is of a source that there is.

    Raises:
        InputError: One is not; names object and line.
    """
    known = sf.coalesce(sf.col(SOURCE).isin(list(sources)), sf.lit(False))
    first = lines.where(~known).orderBy(KEY, LINE).select(KEY, LINE, SOURCE).first()
    if first is None:
        return
    if first[SOURCE] is None:
        raise _no_event(first[KEY], first[LINE], "found no event")
    raise InputError(
        f"landed object {first[KEY]!r}, line {first[LINE]}: source {first[SOURCE]!r} is not in the registry; "
        "deploy the registry that has it"
    )


def events_of(lines: DataFrame, source: SourceSpec) -> DataFrame:
    """Events of one source, with the columns of its log.

    Raises:
        InputError: A line of the source is none; names object and line.
    """
    own = lines.where(sf.col(SOURCE) == source.name)
    # Instants are parsed by a cast, which takes every form of ISO 8601; a reader of JSON takes one.
    types = {
        column: "string" if kind == "timestamp" else SPARK_TYPES[kind]
        for column, kind in source.columns.items()
    }
    data = ", ".join(f"`{column}`: {kind}" for column, kind in types.items())
    envelope = ", ".join(f"{name} string" for name in _ENVELOPE)
    schema = f"{envelope}, data struct<{data}>, {_BROKEN} string"
    parsed = own.withColumn(
        _PARSED, sf.from_json(TEXT, schema, {"columnNameOfCorruptRecord": _BROKEN, "mode": "PERMISSIVE"})
    )
    first = parsed.where(_is_broken(source)).orderBy(KEY, LINE).select(KEY, LINE).first()
    if first is not None:
        raise _no_event(first[KEY], first[LINE], f"found no event of source {source.name!r}")
    return parsed.select(*[_value(column, source).alias(column) for column in columns_of(source)])


def _value(column: str, source: SourceSpec) -> Column:
    parsed = sf.col(_PARSED)
    found = parsed[column] if column in _ENVELOPE else parsed["data"][column]
    return found.cast("timestamp") if columns_of(source)[column] == "timestamp" else found


def _is_broken(source: SourceSpec) -> Column:
    parsed = sf.col(_PARSED)
    broken = parsed.isNull() | parsed[_BROKEN].isNotNull() | parsed["data"].isNull()
    for column in _ENVELOPE:
        broken = broken | _value(column, source).isNull()
    for column, kind in source.columns.items():
        if kind == "timestamp":
            broken = broken | (parsed["data"][column].isNotNull() & _value(column, source).isNull())
    return broken


def _no_event(key: str, line: int, found: str) -> InputError:
    return InputError(
        f"landed object {key!r}, line {line}: {found}; expected what the stream archives; "
        "move the object away and look at who wrote it"
    )
