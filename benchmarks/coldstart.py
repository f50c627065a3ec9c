"""Cold start: importing the lookup function's zip in a clean interpreter, beside importing redis alone.

The import wires the function too: registry read, clients made. boto3 is not counted (AWS' runtime has
it, and the function loads it only where it reads DynamoDB), so the function reads Redis here.
"""

import statistics
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track

from benchmarks.harness import ROOT, save
from infra.packaging.bundle import build_bundle

_ROUNDS = 15
_OURS, _FLOOR = "lambdas.lookup.handler", "redis"
ENVIRONMENT = {
    "HEADWATER_CONSISTENT": "no",
    "HEADWATER_CACHE_ENTRIES": "0",
    "HEADWATER_CACHE_TTL_MS": "0",
    "HEADWATER_ENVIRONMENT": "bench",
    "HEADWATER_ONLINE_TABLE": "online",
    "HEADWATER_REDIS_URL": "redis://127.0.0.1:1",
    "HEADWATER_SERVED_SAMPLE": "0",
    "HEADWATER_SERVED_STREAM": "served",
    "HEADWATER_STORES": "redis",
}
"""Of a lookup function that reads Redis and logs nothing."""
_IMPORT = """
import sys, time
folder, module = sys.argv[1:]
sys.path.insert(0, folder)
started = time.perf_counter()
__import__(module)
print(time.perf_counter() - started, "boto3" in sys.modules)
"""


def bench(scale: float, scratch: Path) -> None:
    """Run the cold start benchmark."""
    built = build_bundle("lookup", "local", ROOT)
    deployed = build_bundle("lookup", "aws", ROOT)
    with zipfile.ZipFile(built.path) as archive:
        archive.extractall(scratch / "code")
    spent: dict[str, list[float]] = {_OURS: [], _FLOOR: []}
    # The first of each compiles: on AWS that is done before the function is published.
    for number in track(range(max(round(_ROUNDS * scale), 3) + 1), "cold starts", transient=True):
        for module, seconds in spent.items():
            taken = _import(scratch / "code", module)
            if number:
                seconds.append(taken * 1e6)
    result = _result(spent) | {"zip_bytes": deployed.bytes}
    save("coldstart", [result])
    Console().print(
        f"import of the lookup zip: {result['p50_us'] / 1000:.0f} ms, {result['ratio_to_floor']:.2f} x importing redis "
        f"alone ({result['floor_p50_us'] / 1000:.0f} ms); the zip for AWS has {deployed.bytes / 1e6:.2f} MB"
    )


def _import(folder: Path, module: str) -> float:
    command = [sys.executable, "-I", "-S", "-c", _IMPORT, str(folder), module]
    finished = subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT)
    seconds, boto3 = finished.stdout.split()
    if boto3 == "True":
        raise RuntimeError(f"importing {module} imports boto3, which is not to be counted")
    return float(seconds)


def _result(spent: dict[str, list[float]]) -> dict[str, Any]:
    ours, floor = statistics.median(spent[_OURS]), statistics.median(spent[_FLOOR])
    return {
        "case": "import of the lookup zip",
        "p50_us": ours,
        "p99_us": max(spent[_OURS]),
        "floor_p50_us": floor,
        "ratio_to_floor": ours / floor,
        "feast_p50_us": None,
        "ratio_to_feast": None,
    }
