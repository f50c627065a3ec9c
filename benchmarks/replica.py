"""Relocating a table for a second region, first and after one more commit, beside reading and writing its metadata.

Against the emulator, whose requests are quicker than those of S3.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from rich.console import Console

from benchmarks.harness import save
from headwater.offline.types import INSTANT, log_schema
from tests import servers
from tests.replicas import TABLE, Regions
from tests.spark_places import REGISTRY, START

_FILES, _FILES_A_COMMIT, _THREADS = 1_000, 100, 8


def bench(scale: float, scratch: Path) -> None:
    """Run the benchmark."""
    files = max(round(_FILES * scale), _FILES_A_COMMIT)
    with servers.emulator(scratch / "emulator") as endpoint_url:
        regions = Regions(endpoint_url)
        log = regions.east.log()
        for first in range(0, files, _FILES_A_COMMIT):
            log.append("sales", _a_row_a_day(first))
        _copy(regions)
        results = [
            _timed(f"{files} files, first", regions),
            _timed("nothing new", regions),
        ]
        log.append("sales", _a_row_a_day(files))
        _copy(regions)
        results += [_timed(f"one commit of {_FILES_A_COMMIT} files", regions)]
        floor = _seconds(lambda: _touch_metadata(regions))
    results = [result | {"floor_all_metadata_seconds": floor} for result in results]
    save("replica", results)
    for result in results:
        Console().print(
            f"{result['case']}: {result['seconds']:.2f} s, {result['manifests']} manifests written"
        )
    Console().print(f"reading and writing all metadata as it is: {floor:.2f} s")


def _a_row_a_day(first: int) -> pa.Table:
    """Rows that come to a file each, for each is of a day of its own."""
    numbers = range(first, first + _FILES_A_COMMIT)
    times = pa.array([START + timedelta(days=number - first) for number in numbers], INSTANT)
    ids = [str(number) for number in numbers]
    columns = {
        "event_time": times,
        "arrival": times,
        "event_id": ids,
        "shard": ["s"] * len(ids),
        "sequence": ids,
        "shop": ["x"] * len(ids),
        "amount": [1.0] * len(ids),
        "due": times,
    }
    return pa.table(columns).cast(log_schema(REGISTRY.sources["sales"]))


def _copy(regions: Regions) -> None:
    with ThreadPoolExecutor(_THREADS) as threads:
        waiting = regions.waiting(regions.east, regions.west)
        list(threads.map(lambda key: regions.copy(regions.east, regions.west, [key]), waiting))


def _timed(case: str, regions: Regions) -> dict[str, Any]:
    started = time.perf_counter()
    report = regions.follow()[TABLE]
    seconds = time.perf_counter() - started
    if report.commits_behind:
        raise RuntimeError(f"{case}: {report.commits_behind} commits behind, expected none")
    return {"case": case, "seconds": seconds, "manifests": report.manifests}


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _touch_metadata(regions: Regions) -> None:
    """What relocating cannot do without: each manifest and list of manifests read and written once."""
    s3, bucket = regions.west.s3, regions.west.bucket

    def touch(key: str) -> None:
        content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=f"floor/{key}", Body=content)

    keys = [key for key in regions.west.listed("warehouse/") if key.endswith(".avro")]
    with ThreadPoolExecutor(_THREADS) as threads:
        list(threads.map(touch, keys))
