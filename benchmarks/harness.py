"""Runs the sides of a comparison in turns, checks that they did the same work, and writes what came of it."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "build" / "bench"
ROUNDS = 3


class EndedError(Exception):
    """A worker ended before it answered.

    Attributes:
        side: Its name.
    """

    def __init__(self, side: str, code: int) -> None:
        super().__init__(f"{side}: its worker ended with {code}; it said why above")
        self.side = side


class UnequalError(Exception):
    """Two sides did not come to the same result: there is nothing to compare."""


class Side(NamedTuple):
    """One side of a comparison.

    Attributes:
        name: Such as ``ours`` or the name of a peer.
        command: Starts its worker.
        rounds: How often it runs after its warm-up, an odd number; slow peers run less often.
        alone: It needs the memory that the others hold: it runs after them, when they have ended. Its result is
            then checked when theirs are timed already; nothing is written before that.
    """

    name: str
    command: Sequence[str]
    rounds: int = ROUNDS
    alone: bool = False


class Case(NamedTuple):
    """One comparison.

    Attributes:
        name: In the results.
        ours: What is measured.
        floor: The least that the work can cost.
        peer: Somebody else's product; None if none can do the work.
        check: Raises `UnequalError` unless two saved results are equal.
        units: Units of work; results are then per second, else in seconds.
    """

    name: str
    ours: Side
    floor: Side
    peer: Side | None
    check: Callable[[Path, Path], None]
    units: int | None = None


class Measured(NamedTuple):
    """Median time of a side, and the most memory it took."""

    seconds: float
    peak_rss_mb: float


def worker(module: str, *arguments: str, python: str = sys.executable) -> list[str]:
    """Command of a worker of ours."""
    return [python, "-m", module, *arguments]


class Process:
    """A side's worker."""

    def __init__(self, side: Side) -> None:
        self._side = side
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        self._process = subprocess.Popen(
            side.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )
        self._answer()

    def ask(self, command: str) -> dict[str, Any]:
        """Give a command and wait for its answer; an `EndedError` if there is none."""
        if self._process.stdin is None:
            raise RuntimeError(f"{self._side.name}: its worker has no input")
        with suppress(BrokenPipeError):  # it has ended: there is no answer
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self.close()
            raise EndedError(self._side.name, self._process.returncode)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def rss_mb(self) -> float:
        """Memory that it has now."""
        return psutil.Process(self._process.pid).memory_info().rss / 2**20

    def cpu_s(self) -> float:
        """Processor time that it has used."""
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    def close(self) -> None:
        """Let it end."""
        self._process.communicate(timeout=60)


def run(name: str, cases: Sequence[Case], scratch: Path) -> Path:
    """Run comparisons and write ``build/bench/<name>.json``.

    Raises:
        UnequalError: The sides of a case did not come to the same result.
    """
    found = []
    for case in cases:
        try:
            found.append(_measure(case, scratch))
        except EndedError as error:
            if case.peer is None or case.peer.name != error.side:
                raise
            Console().print(f"{case.name}: no peer: {error}")
            found.append(_measure(case._replace(peer=None), scratch))
    file = save(name, found)
    _print(name, found)
    return file


def save(name: str, found: Sequence[dict[str, Any]]) -> Path:
    """Write ``build/bench/<name>.json``."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    file = RESULTS / f"{name}.json"
    file.write_text(json.dumps(found, indent=2) + "\n")
    return file


def _measure(case: Case, scratch: Path) -> dict[str, Any]:
    sides = [case.ours, case.floor, *([case.peer] if case.peer else [])]
    together = [side for side in sides if not side.alone]
    measured = in_turns(case.name, together, case.check, scratch)
    for side in sides:
        if side.alone:
            measured |= in_turns(case.name, [side], case.check, scratch, beside=case.ours.name)
    return _result(case, [measured[side.name] for side in sides])


def in_turns(
    title: str,
    sides: Sequence[Side],
    check: Callable[[Path, Path], None],
    scratch: Path,
    *,
    beside: str | None = None,
) -> dict[str, Measured]:
    """Let sides run in turns, once each has come to the same result.

    Args:
        title: Shown meanwhile.
        sides: The first is the one that the others are checked against.
        check: Raises `UnequalError` unless two saved results are equal.
        scratch: For results, by the names of their sides.
        beside: Side that ran before and that these are checked against; None: the first of these.
    """
    reference = beside or sides[0].name
    seconds: dict[str, list[float]] = {side.name: [] for side in sides}
    memory: dict[str, float] = {}
    processes: dict[str, Process] = {}
    with Progress(transient=True) as progress:
        task = progress.add_task(title, total=sum(side.rounds + 1 for side in sides))
        try:
            for side in sides:
                progress.update(task, description=f"{title}: {side.name} warms up")
                processes[side.name] = Process(side)
                processes[side.name].ask("run")
                processes[side.name].ask(f"save {scratch / side.name}")
                progress.advance(task)
            for side in sides:
                if side.name != reference:
                    check(scratch / reference, scratch / side.name)
            for number in range(max(side.rounds for side in sides)):
                for side in sides:
                    if number < side.rounds:
                        progress.update(task, description=f"{title}: {side.name}, round {number + 1}")
                        answer = processes[side.name].ask("run")
                        seconds[side.name].append(answer["seconds"])
                        memory[side.name] = answer["peak_rss_mb"]
                        progress.advance(task)
        finally:
            for process in processes.values():
                process.close()
    return {name: Measured(statistics.median(seconds[name]), memory[name]) for name in seconds}


def _result(case: Case, measured: Sequence[Measured]) -> dict[str, Any]:
    ours, floor, *peer = measured

    def figure(side: Measured) -> float:
        return side.seconds if case.units is None else case.units / side.seconds

    return {
        "case": case.name,
        "seconds" if case.units is None else "per_second": figure(ours),
        "floor": figure(floor),
        # Always how many times the floor's time ours takes.
        "ratio_to_floor": ours.seconds / floor.seconds,
        "peak_rss_mb": ours.peak_rss_mb,
        "floor_peak_rss_mb": floor.peak_rss_mb,
        "peer": {
            "name": case.peer.name,
            "value": figure(peer[0]),
            "ratio": peer[0].seconds / ours.seconds,
            "peak_rss_mb": peer[0].peak_rss_mb,
        }
        if case.peer
        else None,
    }


def _print(name: str, found: Sequence[dict[str, Any]]) -> None:
    table = Table("case", "ours", "floor", "x floor", "peer", "x slower", title=f"benchmark {name}")
    for result in found:
        unit = "s" if "seconds" in result else "/s"
        peer = result["peer"]
        table.add_row(
            result["case"],
            f"{result.get('seconds', result.get('per_second')):,.2f} {unit}, {result['peak_rss_mb']:,.0f} MB",
            f"{result['floor']:,.2f} {unit}, {result['floor_peak_rss_mb']:,.0f} MB",
            f"{result['ratio_to_floor']:.2f}",
            f"{peer['name']}: {peer['value']:,.2f} {unit}, {peer['peak_rss_mb']:,.0f} MB" if peer else "",
            f"{peer['ratio']:.1f}" if peer else "",
        )
    Console().print(table)
