"""``python -m benchmarks [NAME ...]``: run benchmarks; results are in ``build/bench``."""

import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from headwater.errors import InputError

NAMES = (
    "offline",
    "spark",
    "stream",
    "backfill",
    "online",
    "load",
    "soak",
    "coldstart",
    "replica",
    "metering",
)


def main(
    names: Annotated[
        list[str] | None, typer.Argument(help=f"Some of {', '.join(NAMES)}; default all.")
    ] = None,
    *,
    scale: Annotated[float, typer.Option(help="Part of the full size, for a quick look.")] = 1.0,
) -> None:
    """Run benchmarks: ours beside a floor and, where one can do the work, a peer."""
    for name in names or NAMES:
        if name not in NAMES:
            raise InputError(f"benchmark {name!r}: unknown; name one of {', '.join(NAMES)}")
        bench: Callable[[float, Path], None] = import_module(f"benchmarks.{name}").bench
        with tempfile.TemporaryDirectory(prefix="headwater-bench-") as scratch:
            bench(scale, Path(scratch))


if __name__ == "__main__":
    typer.run(main)
