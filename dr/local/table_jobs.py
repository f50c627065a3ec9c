"""Jobs of the offline store that a schedule starts on AWS, every other second here: each is a process that ends by a kill.

    python -m dr.local.table_jobs ingest OUTPUTS FOLDER REGISTRY  # what has landed, into the event log
    python -m dr.local.table_jobs follow OUTPUTS OUTPUTS REGISTRY  # the tables of the one, readable in the other

What the first one has committed is written down in the folder, if it is given one.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
from botocore.exceptions import BotoCoreError, ClientError

from dr import regions
from dr.regions import Region
from feature_jobs.ingest import ingest
from feature_jobs.landing import BucketLanding
from feature_jobs.replicate import Replication
from headwater import names, registry
from headwater.envelope import sources_of
from headwater.environment import Environment
from headwater.errors import HeadwaterError
from headwater.offline.event_log import open_event_log, open_glue_catalog
from headwater.registry import Registry

_PAUSE_S = 2.0
_FAILURES = (HeadwaterError, BotoCoreError, ClientError, OSError)
"""A region is gone or does not answer: the next run finds it, or not."""


class Commit(msgspec.Struct):
    """What a table was after a run, as it is written down where no region is lost.

    Attributes:
        table: Its name.
        rows: File with all its rows.
        files: Bytes of each object that it takes to read it, by key.
    """

    table: str
    rows: str
    files: dict[str, int]


def run_ingest(site: Region, definitions: Registry) -> int:
    """Move what has landed in a region to its event log; return how many rows were new."""
    log = open_event_log(site.outputs, definitions)
    landing = BucketLanding(site.client("s3"), site.outputs.bucket_name)
    return ingest(definitions, log, landing).new_rows


def rows_of(outputs: Environment, table: str) -> pa.Table:
    """All rows of a table, each where its place says."""
    rows: pa.Table = _open(outputs, table).scan().to_arrow()
    return rows.sort_by([("shard", "ascending"), ("sequence", "ascending")])


def commits(folder: Path) -> list[Commit]:
    """What was written down, in its order."""
    file = folder / "commits.jsonl"
    lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    return [msgspec.json.decode(line, type=Commit) for line in lines if line.endswith(b"\n")]


def note(site: Region, definitions: Registry, folder: Path) -> None:
    """Write down what each table of a region is now, if it is another than at the last time."""
    known = {commit.table: commit for commit in commits(folder)}
    for source in sources_of(definitions).values():
        table = names.event_log_table(source.name)
        files = _files(site, table)
        if table in known and known[table].files.keys() == files.keys():
            continue
        file = folder / f"{table}-{time.time_ns()}.parquet"
        pq.write_table(rows_of(site.outputs, table), file)
        with (folder / "commits.jsonl").open("ab") as noted:
            noted.write(msgspec.json.encode(Commit(table, str(file), files)) + b"\n")


def _open(outputs: Environment, table: str) -> Any:
    catalog = open_glue_catalog(outputs.bucket_name, region=outputs.region, endpoint_url=outputs.endpoint_url)
    return catalog.load_table((outputs.glue_database, table))


def _files(site: Region, name: str) -> dict[str, int]:
    table = _open(site.outputs, name)
    paths = [table.metadata_location]
    if (snapshot := table.current_snapshot()) is not None:
        manifests = snapshot.manifests(table.io)
        paths += [snapshot.manifest_list, *[manifest.manifest_path for manifest in manifests]]
        paths += [
            entry.data_file.file_path
            for manifest in manifests
            for entry in manifest.fetch_manifest_entry(table.io)
        ]
    sizes = site.bucket.sizes(names.warehouse_prefix())
    keys = [path.removeprefix(f"s3://{site.outputs.bucket_name}/") for path in paths]
    return {key: sizes[key] for key in keys}


def _again(job: Callable[[], None]) -> None:
    while True:
        try:
            job()
        except _FAILURES as error:
            print(error, file=sys.stderr, flush=True)  # noqa: T201 (its log)
        time.sleep(_PAUSE_S)


def main(what: str, first: str, second: str, registry_file: str) -> None:
    """Run a job again and again."""
    definitions = registry.load(Path(registry_file))
    site = regions.read(Path(first))
    if what == "ingest":

        def ingested() -> None:
            run_ingest(site, definitions)
            if second:
                note(site, definitions, Path(second))

        _again(ingested)
    target = regions.read(Path(second))

    def followed() -> None:
        replication = Replication(site.outputs, target.outputs)
        for table in replication.tables():
            replication.run(table)

    _again(followed)


if __name__ == "__main__":
    main(*sys.argv[1:])
