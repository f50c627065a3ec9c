"""The lookup function in an interpreter that finds only its zip: times its handler, call by call.

It knows nothing of the project, so that what is imported is what the zip holds.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path


def main(code: str, calls: str, warm_up: str, answer: str) -> None:
    """Ask the handler for the requests on standard input, in turns, and write how long it took.

    Args:
        code: Folder of the unpacked zip.
        calls: How many are timed.
        warm_up: How many are made before.
        answer: File for microseconds a call, of the thread's processor time and of the clock.
    """
    sys.path.insert(0, code)
    handler = import_module("lambdas.lookup.handler")
    if not Path(str(handler.__file__)).is_relative_to(code):
        raise RuntimeError(f"handler: found {handler.__file__}, expected it in {code}")
    requests = json.load(sys.stdin)
    cpu_us, wall_us = [], []
    for number in range(-int(warm_up), int(calls)):
        request = requests[number % len(requests)]
        cpu, wall = time.thread_time_ns(), time.perf_counter_ns()
        found = handler.handle(request, None)
        took = ((time.thread_time_ns() - cpu) / 1000, (time.perf_counter_ns() - wall) / 1000)
        if "rows" not in found:
            raise RuntimeError(f"handler: {found}")
        if number >= 0:
            cpu_us.append(took[0])
            wall_us.append(took[1])
    Path(answer).write_text(json.dumps({"cpu_us": cpu_us, "wall_us": wall_us}))


if __name__ == "__main__":
    main(*sys.argv[1:])
