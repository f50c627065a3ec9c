"""``headwater plan|apply|lookup``: the library's own commands."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from headwater import changes, environment, registry
from headwater.changes import RegistryChange
from headwater.compiler import compile_services
from headwater.errors import InputError
from headwater.loader import load_services
from headwater.registry import Registry

Definitions = Annotated[str, typer.Option(help="Package with the definitions.")]
RegistryFile = Annotated[Path, typer.Option("--registry", help="Compiled registry.")]
EnvironmentName = Annotated[str, typer.Option("--env", help="Environment.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

PACKAGE = "features"
ROOT = Path(__file__).parents[1]
REGISTRY = ROOT / "features" / "registry.json"
_STYLES = {"added": "green", "removed": "red", "new version": "yellow", "described": "dim"}
_LOOKUP_EXAMPLE = (
    "Example: headwater lookup flight_delay "
    """'{"origin": "JFK", "carrier": "UA", "tailnum": null}' --as-of 2014-01-01T11:00:00Z"""
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: headwater plan")(plan)
    app.command(epilog="Example: headwater apply")(apply)
    app.command(epilog=_LOOKUP_EXAMPLE)(lookup)


def plan(
    *, definitions: Definitions = PACKAGE, file: RegistryFile = REGISTRY, as_json: AsJson = False
) -> None:
    """Show what the definitions change against the compiled registry. Changes nothing."""
    _, found = _compare(definitions, file)
    _print_changes(found, as_json=as_json)


def apply(
    *, definitions: Definitions = PACKAGE, file: RegistryFile = REGISTRY, as_json: AsJson = False
) -> None:
    """Compile the definitions into the registry that functions and jobs are shipped with."""
    compiled, found = _compare(definitions, file)
    if found:
        file.write_bytes(registry.dump(compiled))
    _print_changes(found, as_json=as_json)
    if found and not as_json:
        typer.echo(f"Wrote {file}. Commit it, bring the environment up with it, and backfill new versions.")


def lookup(
    service: Annotated[str, typer.Argument(help="Feature service.")],
    entities: Annotated[list[str], typer.Argument(help="Entity rows, each a JSON object of keys.")],
    *,
    env: EnvironmentName = "local",
    as_of: Annotated[str, typer.Option(help="Instant, such as 2014-01-01T11:00:00Z; default now.")] = "",
    as_json: AsJson = False,
) -> None:
    """Ask the lookup function of an environment for feature vectors."""
    request: dict[str, Any] = {"service": service, "entities": [_entity(text) for text in entities]}
    if as_of:
        request["as_of"] = as_of
    outputs = environment.load(ROOT, env)
    response = outputs.client("lambda").invoke(
        FunctionName=outputs.lookup_function_name, Payload=json.dumps(request).encode()
    )
    answer = json.loads(response["Payload"].read())
    if as_json:
        typer.echo(json.dumps(answer))
    elif "rows" in answer:
        _print_answer(answer)
    if "rows" not in answer:
        error = answer.get("error") or {
            "code": "function_failed",
            "message": answer.get("errorMessage"),
            "hint": "",
        }
        if not as_json:
            typer.echo(f"{error['code']}: {error['message']}; {error['hint']}", err=True)
        raise typer.Exit(1)


def _entity(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(
            f'entity {text!r}: {error}; give a JSON object such as \'{{"origin": "JFK"}}\''
        ) from error


def _compare(definitions: str, file: Path) -> tuple[Registry, list[RegistryChange]]:
    compiled = compile_services(load_services(definitions))
    return compiled, changes.compare(registry.load(file) if file.exists() else None, compiled)


def _print_changes(found: list[RegistryChange], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([change._asdict() for change in found]))
    elif not found:
        typer.echo("No changes: the registry is what the definitions say.")
    else:
        table = Table("", "name", "effect", "what to expect")
        for change in found:
            style = _STYLES[change.effect]
            table.add_row(change.kind, change.name, f"[{style}]{change.effect}[/]", change.detail)
        Console().print(table)


def _print_answer(answer: dict[str, Any]) -> None:
    table = Table("feature", *[f"row {number}" for number in range(1, len(answer["rows"]) + 1)])
    for position, feature in enumerate(answer["features"]):
        cells = [_cell(row["values"][position], row["statuses"][position]) for row in answer["rows"]]
        table.add_row(feature, *cells)
    console = Console()
    console.print(table)
    metadata = answer["metadata"]
    age = metadata["freshest_event_age_ms"]
    fresh = "no event yet" if age is None else f"freshest event {age / 1000:.0f} s old"
    console.print(f"as of {metadata['as_of']}, {fresh}, registry {metadata['registry_version']}")


def _cell(value: Any, status: str) -> str:
    if status != "present":
        return f"[dim]{status}[/]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
