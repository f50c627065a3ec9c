"""``headwater …``: the command line. Other rooms add their commands through entry points."""

import sys
from importlib.metadata import entry_points
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from headwater.errors import HeadwaterError

GROUP = "headwater.commands"
FAILURE = 1
_CLIENTS = frozenset({"botocore", "redis"})

_HELP = """A feature store in which a model is served exactly what it was trained on.

Start with [bold]headwater demo[/bold]: the whole platform on this machine, with real data.
"""


def build() -> typer.Typer:
    """Put the application together from the commands that the installed rooms register."""
    app = typer.Typer(name="headwater", help=_HELP, rich_markup_mode="rich", no_args_is_help=True)
    app.callback()(_options)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        entry.load()(app)
    return app


def main() -> None:
    """Run the command line."""
    run(build())


def run(app: typer.Typer) -> None:
    """Run an application. Errors we know go to standard error in one piece, with exit code 1."""
    try:
        app()
    except HeadwaterError as error:
        _fail(type(error).__name__, str(error))
    except Exception as error:
        # The clients' own errors: no credentials, nobody listens. Importing them to name them is too slow.
        if type(error).__module__.partition(".")[0] not in _CLIENTS:
            raise
        _fail(type(error).__name__, f"{error}; is the environment up, and are these its credentials?")


def _fail(kind: str, message: str) -> NoReturn:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"[bold red]{kind}[/]: ", end="")
    print(message, file=sys.stderr)
    sys.exit(FAILURE)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415

        typer.echo(version("headwater"))
        raise typer.Exit


def _options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options of every command."""
