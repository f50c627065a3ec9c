"""One side of a comparison, in a process of its own: runs when it is told, and says how long it took.

It knows nothing of Headwater, so that a peer in another environment can speak the same way: a line
``run [argument]`` or ``save <file>`` in, a line of JSON out.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

Result = TypeVar("Result")


def serve(run: Callable[..., Result], save: Callable[[Result, str], None]) -> None:
    """Answer commands from standard input until it ends.

    Args:
        run: Does the work and returns its result; takes the command's argument, if it has one.
        save: Writes a result to a file, for the comparison.
    """
    result: Result | None = None
    say = sys.stdout
    sys.stdout = sys.stderr  # what libraries print must not be taken for an answer
    print(json.dumps({"ready": True}), file=say, flush=True)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        answer: dict[str, float] = {}
        if command == "run":
            started = time.perf_counter()
            result = run(argument) if argument else run()
            answer["seconds"] = time.perf_counter() - started
        elif result is not None:
            save(result, argument)
        answer["peak_rss_mb"] = peak_rss_mb()
        print(json.dumps(answer), file=say, flush=True)


def save_json(result: dict[str, Any], file: str) -> None:
    """Write a result that is plain data."""
    Path(file).write_text(json.dumps(result))


def peak_rss_mb() -> float:
    """The most memory that this process and those it started, such as Java, have had, as Linux tells it.

    Not `resource`'s ``ru_maxrss``: that begins at the peak of the process that started this one.
    """
    return sum(_peaks_kb("self")) / 1024


def _peaks_kb(process: str) -> Iterator[int]:
    folder = Path("/proc", process)
    try:
        status = (folder / "status").read_text().splitlines()
        children = [number for file in folder.glob("task/*/children") for number in file.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return  # it has ended meanwhile
    yield next((int(line.split()[1]) for line in status if line.startswith("VmHWM:")), 0)
    for child in children:
        yield from _peaks_kb(child)
