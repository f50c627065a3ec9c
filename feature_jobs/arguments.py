"""Arguments that the jobs on Spark share: on Glue as job arguments, elsewhere on the command line."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from feature_jobs.landing import BucketLanding, FolderLanding, Landing
from headwater import environment
from headwater.environment import Environment
from headwater.errors import InputError, SettingsError
from headwater.instants import parse_us
from headwater.offline.spark.catalogs import glue_catalog, hadoop_catalog, local_cloud
from headwater.offline.spark.session import glue_session, local_session


def parser(description: str) -> argparse.ArgumentParser:
    """A parser of what every job takes."""
    made = argparse.ArgumentParser(description=description, allow_abbrev=False)
    made.add_argument("--registry", type=Path, default=Path("registry.json"), help="compiled registry")
    made.add_argument("--outputs", type=Path, help="outputs of the environment's stack, as JSON")
    made.add_argument("--warehouse", help="folder of a catalog for one machine, instead of that of --outputs")
    made.add_argument("--database", help="database of the event log; default: that of the outputs")
    made.add_argument("--jars", type=Path, help="run on this machine, with the jars in this folder")
    made.add_argument(
        "--class-prefix", default="", help="of Iceberg's classes in those jars, with its last dot"
    )
    made.add_argument("--memory", default="2g", help="of Spark on this machine")
    return made


def parse(made: argparse.ArgumentParser, given: Sequence[str]) -> argparse.Namespace:
    """Read arguments; those that Glue adds for itself, such as ``--JOB_NAME``, are left to it."""
    found, _ = made.parse_known_args(given)
    if found.outputs is None and found.warehouse is None:
        made.error("give --outputs or --warehouse")
    if found.database is None:
        if found.outputs is None:
            made.error("--warehouse needs --database")
        found.database = outputs_of(found).glue_database
    return found


def words(text: str) -> list[str]:
    """Words with commas between them; an empty text has none."""
    return [word.strip() for word in text.split(",") if word.strip()]


def pairs(text: str) -> dict[str, str]:
    """``name=value`` with commas between them."""
    found = [word.partition("=") for word in words(text)]
    if not all(name and value for name, _, value in found) or len({name for name, _, _ in found}) < len(
        found
    ):
        raise argparse.ArgumentTypeError(
            f"found {text!r}, expected name=value,name=value with each name once"
        )
    return {name: value for name, _, value in found}


def instant_us(text: str) -> int | None:
    """An instant with an offset, in microseconds; an empty text is none."""
    try:
        return parse_us(text) if text else None
    except InputError as error:
        # What else a type raises, argparse keeps to itself.
        raise argparse.ArgumentTypeError(str(error)) from error


def outputs_of(arguments: argparse.Namespace) -> Environment:
    """Outputs of the environment's stack.

    Raises:
        SettingsError: None were given, or they are not those of this release's stack.
    """
    if arguments.outputs is None:
        raise SettingsError("outputs: none were given; this job writes to online stores, so give --outputs")
    return environment.read(arguments.outputs)


def landing(arguments: argparse.Namespace) -> Landing:
    """Where what is to be ingested has landed.

    Raises:
        SettingsError: There is neither a folder nor an environment's bucket.
    """
    if arguments.landing:
        return FolderLanding(Path(arguments.landing))
    if arguments.outputs is None:
        raise SettingsError("landing: no folder and no bucket was given; give --landing or --outputs")
    outputs = outputs_of(arguments)
    return BucketLanding(outputs.client("s3"), outputs.bucket_name, copied=is_local(arguments))


def files_of(arguments: argparse.Namespace, spark: SparkSession) -> Callable[[str], DataFrame | None]:
    """Returns what lists a table's files where Spark has no file system for them; elsewhere Spark lists."""
    if arguments.warehouse is not None or not is_local(arguments):
        return lambda _table: None
    outputs = outputs_of(arguments)

    def listed(table: str) -> DataFrame:
        folder = f"warehouse/{arguments.database}.db/{table.rpartition('.')[2]}/"
        pages = outputs.client("s3").get_paginator("list_objects_v2")
        files = [
            (f"s3://{outputs.bucket_name}/{item['Key']}", item["LastModified"])
            for page in pages.paginate(Bucket=outputs.bucket_name, Prefix=folder)
            for item in page.get("Contents", [])
        ]
        return spark.createDataFrame(files, "file_path string, last_modified timestamp")

    return listed


def is_local(arguments: argparse.Namespace) -> bool:
    """Whether buckets are a local cloud's, for which Spark has no file system."""
    return arguments.outputs is not None and outputs_of(arguments).endpoint_url is not None


def session(arguments: argparse.Namespace) -> SparkSession:
    """Start Spark with the catalog that the arguments name."""
    if arguments.warehouse is not None:
        settings = hadoop_catalog(arguments.warehouse, prefix=arguments.class_prefix)
    else:
        outputs = outputs_of(arguments)
        settings = glue_catalog(outputs, prefix=arguments.class_prefix)
        settings |= local_cloud() if outputs.endpoint_url else {}
    if arguments.jars is None:
        return glue_session(settings)
    return local_session(arguments.jars, memory=arguments.memory, settings=settings)
