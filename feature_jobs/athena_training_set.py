"""Builds a training set on Athena from a file of label rows: ``python -m feature_jobs.athena_training_set``.

It runs in `.athena`, the environment of awswrangler; ``headwater athena-training-set`` starts it there.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

from headwater import environment, registry
from headwater.environment import Environment
from headwater.errors import HeadwaterError
from headwater.offline.athena.engine import training_set
from headwater.offline.athena.wrangler import AthenaEngine, LocalAthenaEngine
from headwater.offline.point_in_time import Mode
from headwater.registry import Registry


def build(
    compiled: Registry,
    outputs: Environment,
    service: str,
    labels: Path | str,
    out: Path,
    *,
    timestamp_column: str,
    mode: Mode,
    workgroup: str,
) -> tuple[int, int]:
    """Add a service's features to label rows and write a Parquet file.

    Args:
        compiled: Definitions.
        outputs: Of the environment.
        service: Name of the service.
        labels: A Parquet file, or the text of a table or query of Athena.
        out: The file.
        timestamp_column: Column of the instants.
        mode: ``as_known`` or ``as_happened``.
        workgroup: Of Athena.

    Returns:
        Rows and columns written.

    Raises:
        InputError: The rows lack an instant or a key.
        RequestError: The service is unknown.
        StoreError: Athena did not run the statement.
    """
    make = LocalAthenaEngine if outputs.endpoint_url else AthenaEngine
    engine = make(outputs, workgroup=workgroup)
    rows = engine.label_rows(labels, timestamp_column) if isinstance(labels, str) else pq.read_table(labels)
    table = training_set(rows, compiled, service, engine, timestamp_column=timestamp_column, mode=mode)
    pq.write_table(table, out)
    return table.num_rows, table.num_columns


def main(given: Sequence[str] | None = None) -> None:
    """Run the job."""
    parser = argparse.ArgumentParser(description="Builds a training set on Athena.", allow_abbrev=False)
    parser.add_argument("service")
    parser.add_argument("--registry", type=Path, required=True, help="compiled registry")
    parser.add_argument("--outputs", type=Path, required=True, help="outputs of the environment's stack")
    parser.add_argument("--database", help="database of the event log; default: that of the outputs")
    labels = parser.add_mutually_exclusive_group(required=True)
    labels.add_argument("--labels", type=Path, help="Parquet file of label rows")
    labels.add_argument("--labels-table", help="table of label rows in Athena, or a SELECT")
    parser.add_argument("--out", type=Path, required=True, help="Parquet file to write")
    parser.add_argument("--timestamp", default="event_time", help="column of the instants")
    parser.add_argument("--mode", choices=("as_known", "as_happened"), default="as_known")
    parser.add_argument("--workgroup", default="primary")
    arguments = parser.parse_args(given)
    try:
        outputs = environment.read(arguments.outputs)
        if arguments.database:
            outputs = msgspec.structs.replace(outputs, glue_database=arguments.database)
        rows, columns = build(
            registry.load(arguments.registry),
            outputs,
            arguments.service,
            arguments.labels or arguments.labels_table,
            arguments.out,
            timestamp_column=arguments.timestamp,
            mode=arguments.mode,
            workgroup=arguments.workgroup,
        )
    except HeadwaterError as error:
        sys.exit(f"{type(error).__name__}: {error}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"{type(error).__name__}: {error}; is the environment up, and are these its credentials?")
    print(f"Wrote {rows} rows of {columns} columns to {arguments.out}.")  # noqa: T201 (what a job says)


if __name__ == "__main__":
    main()
