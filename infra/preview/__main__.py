"""``python -m infra.preview``: makes the drawings and the tables of the docs again, from the program."""

import sys
from functools import cache
from pathlib import Path

import typer

from headwater.errors import HeadwaterError
from infra.local import environments
from infra.local.graph import Graph
from infra.preview import pages
from infra.preview.diagram import draw
from infra.preview.recording import record
from infra.preview.resource_table import page
from infra.preview.unbuilt import ROOT, program


@cache
def _declare(changes: frozenset[tuple[str, str]]) -> Graph:
    return record(ROOT, "prod", program, dict(changes))


def main() -> int:
    """Write every file that is not as it should be."""
    try:
        made = pages.make(ROOT, _declare)
        made[Path("docs") / "architecture.svg"] = draw(_declare(frozenset()), "prod")
        made[Path("docs") / "resources.md"] = page(
            ROOT, {name: record(ROOT, name, program) for name in environments.names(ROOT)}
        )
    except HeadwaterError as error:
        typer.echo(f"{type(error).__name__}: {error}", err=True)
        return 1
    for file, content in made.items():
        if not (ROOT / file).exists() or (ROOT / file).read_text() != content:
            (ROOT / file).write_text(content)
            typer.echo(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
