"""Arguments that the jobs on Spark share: on Glue as job arguments, elsewhere on the command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from headwater import environment
from headwater.environment import Environment
from headwater.offline.spark.catalogs import glue_catalog, hadoop_catalog, local_cloud
from headwater.offline.spark.session import glue_session, local_session


def parser(description: str) -> argparse.ArgumentParser:
    """A parser of what every job takes."""
    made = argparse.ArgumentParser(description=description, allow_abbrev=False)
    made.add_argument("--registry", type=Path, default=Path("registry.json"), help="compiled registry")
    made.add_argument("--outputs", type=Path, help="outputs of the environment's stack, as JSON")
    made.add_argument("--warehouse", help="folder of a catalog for one machine, instead of --outputs")
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
    if (found.outputs is None) == (found.warehouse is None):
        made.error("give either --outputs or --warehouse")
    if found.database is None:
        if found.outputs is None:
            made.error("--warehouse needs --database")
        found.database = outputs_of(found).glue_database
    return found


def outputs_of(arguments: argparse.Namespace) -> Environment:
    """Outputs of the environment's stack."""
    return environment.read(arguments.outputs)


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
