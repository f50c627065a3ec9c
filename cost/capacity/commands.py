"""``python -m cost capacity``: what each way of serving needs along a curve of rates."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, get_type_hints

import typer
from rich.console import Console

from cost.capacity.assumptions import Assumptions
from cost.errors import CapacityError
from cost.files import write
from cost.prices.snapshot import Prices, load

Set = Annotated[
    list[str] | None,
    typer.Option("--set", help="Another assumption, such as node_load=0.5; may be given more than once."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: python -m cost capacity --qps 1000..10000000 --set shape=rows")(capacity)


def capacity(
    *,
    qps: Annotated[str, typer.Option(help="Lookups a second, from least to most.")] = "1000..10000000",
    changed: Set = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write everything to this file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw it into this SVG file.")] = None,
    page: Annotated[
        Path | None, typer.Option(help="Make the tables of this Markdown page again, between its marks.")
    ] = None,
) -> None:
    """Plan shards, nodes, connections, quotas, cost and latency for each way of serving lookups."""
    # NumPy takes long to import: other commands do not pay for it.
    from cost.capacity import measured, report  # noqa: PLC0415
    from cost.capacity.curve import Planner, rates  # noqa: PLC0415

    planner = Planner(measured.load(), assumptions(changed or []), Prices(load(), datetime.now(UTC).date()))
    made = report.make(planner, rates(qps))
    report.show(made, Console())
    if as_json is not None:
        write(as_json, json.dumps(report.as_json(made), indent=1) + "\n")
    if plot is not None:
        from cost.capacity.plot import plot as draw  # noqa: PLC0415 (matplotlib takes a second)

        draw(made, plot)
    if page is not None:
        from cost.capacity.page import fill  # noqa: PLC0415 (as above)

        write(page, fill(_read(page), made))


def assumptions(changed: list[str]) -> Assumptions:
    """The defaults with some changed.

    >>> assumptions(["node_load=0.5", "shape=rows"]).node_load
    0.5

    Raises:
        CapacityError: There is no such assumption, or it cannot have that value.
    """
    kinds = get_type_hints(Assumptions)
    values: dict[str, object] = {}
    for each in changed:
        name, _, value = each.partition("=")
        if name not in kinds:
            raise CapacityError(f"--set {each}: expected <name>=<value> with one of {', '.join(kinds)}")
        try:
            values[name] = kinds[name](value)
        except ValueError as error:
            raise CapacityError(
                f"--set {each}: found {value!r}, expected {'text' if kinds[name] is str else 'a number'}"
            ) from error
    return Assumptions(**values)  # type: ignore[arg-type]


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as error:
        raise CapacityError(f"{file}: {error}; name a page that can be read") from error
