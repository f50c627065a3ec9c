"""Lookups through the public client, beside the least they can cost and beside Feast, calls in turns."""

import json
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import peers
from benchmarks.harness import ROOT, Process, Side, UnequalError, save, worker
from benchmarks.online_data import write_table
from tests import servers

_ROUNDS = 8


class Shape(NamedTuple):
    """One comparison.

    Attributes:
        name: In the results.
        ours: Command of our worker.
        feast: Command of Feast's; None: it cannot do this, or is not there.
    """

    name: str
    ours: list[str]
    feast: list[str] | None


def bench(scale: float, scratch: Path) -> None:
    """Run the online benchmark."""
    python = peers.feast_python()
    with ExitStack() as stack:
        port = stack.enter_context(servers.redis_server(scratch))
        endpoint = stack.enter_context(servers.emulator(scratch / "emulator"))
        servers.create_online_table(servers.client("dynamodb", endpoint), "online")
        url = f"redis://127.0.0.1:{port}"
        shapes = []
        for users, features, calls in ((1, 10, 1_500), (1, 50, 1_500), (100, 50, 150)):
            file = str(scratch / f"{features}.parquet")
            write_table(features, Path(file))
            times = max(round(calls * scale), 2)
            feast = None
            if python is not None:
                script = str(ROOT / "benchmarks" / "feast_online.py")
                peer_times = max(times // (1 if users == 1 else 15), 2)
                feast = [
                    *(str(python), script, str(features), str(users), str(peer_times), file),
                    f"127.0.0.1:{port}",
                ]
            ours = worker("benchmarks.online_ours", "rows", str(users), str(times), str(features), file, url)
            shapes.append(Shape(f"{users}x{features}", ours, feast))
        times = max(round(1_500 * scale), 2)
        shapes.append(
            Shape(
                "20 windows",
                worker("benchmarks.online_ours", "tiles", "1", str(times), url),
                None,
            )
        )
        file = str(scratch / "50.parquet")
        dynamodb = ("dynamodb", "100", str(max(times // 50, 2)), "50", file, endpoint)
        shapes.append(Shape("100x50 DynamoDB", worker("benchmarks.online_ours", *dynamodb), None))
        found = [_measure(shape, scratch) for shape in shapes]
    if python is None:
        Console().print("Feast is not there: its columns are empty")
    save("online", found)
    _print(found)


def _measure(shape: Shape, scratch: Path) -> dict[str, Any]:
    spent: dict[str, list[float]] = {"ours": [], "floor": [], "feast": []}
    sizes: dict[str, float] = {}
    sides = [Side("ours", shape.ours), *([Side("feast", shape.feast)] if shape.feast else [])]
    with Progress(transient=True) as progress:
        task = progress.add_task(shape.name, total=(_ROUNDS + 1) * len(sides))
        processes = []
        try:
            processes += [Process(side) for side in sides]
            for number in range(_ROUNDS + 1):
                answers = []
                for side, process in zip(sides, processes, strict=True):
                    process.ask("run")
                    file = scratch / f"{side.name}.json"
                    process.ask(f"save {file}")
                    answers.append(json.loads(file.read_text()))
                    progress.advance(task)
                _check(shape.name, answers)
                for answer in answers if number else ():
                    for name in spent.keys() & answer.keys():
                        spent[name] += answer[name]
                sizes = _sizes(answers)
        finally:
            for process in processes:
                process.close()
    return _result(shape.name, spent) | sizes


def _check(name: str, answers: Sequence[dict[str, Any]]) -> None:
    ours = answers[0]
    for other in (ours["floor_values"], *[answer["values"] for answer in answers[1:]]):
        if other and other != ours["values"]:
            raise UnequalError(f"{name}: found {other[0]}, ours {ours['values'][0]}")


def _sizes(answers: Sequence[dict[str, Any]]) -> dict[str, float]:
    ours, *others = answers
    found = {name: ours[name] for name in ("bytes_per_feature", "pages", "bytes") if name in ours}
    return found | {
        f"feast_{name}": other[name] for other in others for name in ("bytes_per_feature",) if name in other
    }


def _result(name: str, spent: dict[str, list[float]]) -> dict[str, Any]:
    ours, floor = statistics.median(spent["ours"]), statistics.median(spent["floor"])
    feast = statistics.median(spent["feast"]) if spent["feast"] else None
    return {
        "case": name,
        "p50_us": ours,
        "p99_us": statistics.quantiles(spent["ours"], n=100)[98],
        "floor_p50_us": floor,
        "ratio_to_floor": ours / floor,
        "feast_p50_us": feast,
        "ratio_to_feast": None if feast is None else feast / ours,
    }


def _print(found: Sequence[dict[str, Any]]) -> None:
    table = Table(
        "case", "p50 µs", "p99 µs", "floor p50 µs", "x floor", "Feast p50 µs", "x slower", "bytes a feature"
    )
    for result in found:
        feast = result["feast_p50_us"]
        size = result.get("bytes_per_feature")
        beside = result.get("feast_bytes_per_feature")
        table.add_row(
            result["case"],
            f"{result['p50_us']:,.0f}",
            f"{result['p99_us']:,.0f}",
            f"{result['floor_p50_us']:,.0f}",
            f"{result['ratio_to_floor']:.2f}",
            "" if feast is None else f"{feast:,.0f}",
            "" if feast is None else f"{result['ratio_to_feast']:.1f}",
            "" if size is None else f"{size:.1f}" + (f", Feast {beside:.1f}" if beside else ""),
        )
    Console().print(table)
