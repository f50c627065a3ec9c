"""``headwater plan|apply|switch|lookup|serve``: the library's own commands."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from headwater import environment, registry, rollout
from headwater.changes import RegistryChange
from headwater.client import connect
from headwater.errors import InputError, RegistryError
from headwater.loader import load_services
from headwater.online import fills
from headwater.online.http import LOOKUP_PATH, HttpApi
from headwater.online.lookup import Lookup
from headwater.rollout import Proposal
from headwater.settings import open_environment

Definitions = Annotated[str, typer.Option(help="Package with the definitions.")]
RegistryFile = Annotated[Path, typer.Option("--registry", help="Compiled registry.")]
EnvironmentName = Annotated[str, typer.Option("--env", help="Environment.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]

PACKAGE = "features"
ROOT = Path(__file__).parents[1]
REGISTRY = ROOT / "features" / "registry.json"
_STYLES = {
    "added": "green",
    "compatible": "green",
    "removed": "red",
    "new version": "yellow",
    "described": "dim",
    "refused": "bold red",
}
_LOOKUP_EXAMPLE = (
    "Example: headwater lookup flight_delay "
    """'{"origin": "JFK", "carrier": "UA", "tailnum": null}' --as-of 2014-01-01T11:00:00Z"""
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: headwater plan")(plan)
    app.command(epilog="Example: headwater apply")(apply)
    app.command(epilog="Example: headwater switch --env prod")(switch)
    app.command(epilog=_LOOKUP_EXAMPLE)(lookup)
    app.command(epilog="Example: headwater serve --port 8080")(serve)


def plan(
    *, definitions: Definitions = PACKAGE, file: RegistryFile = REGISTRY, as_json: AsJson = False
) -> None:
    """Show what the definitions change against the registry that serves. Changes nothing."""
    proposal = _propose(definitions, file)
    _print_changes(proposal.changes, as_json=as_json)
    if not as_json:
        typer.echo(_what_next(proposal, "`headwater apply` would "))
    if proposal.registry is None:
        raise typer.Exit(1)


def apply(
    *, definitions: Definitions = PACKAGE, file: RegistryFile = REGISTRY, as_json: AsJson = False
) -> None:
    """Compile the definitions into the registry that functions and jobs are shipped with."""
    proposal = _propose(definitions, file)
    _print_changes(proposal.changes, as_json=as_json)
    if proposal.registry is None:
        raise RegistryError(
            f"registry {file}: not written, because a change is refused; see above what to do"
        )
    if proposal.changes or not file.exists():
        file.write_bytes(registry.dump(proposal.registry))
    if not as_json:
        typer.echo(_what_next(proposal, f"Wrote {file}: "))


def switch(
    *,
    env: EnvironmentName = "local",
    file: RegistryFile = REGISTRY,
) -> None:
    """Serve what was filled beside: the next registry takes the place of the one that serves."""
    serving = registry.load(file)
    wanted = rollout.switch(serving)
    stores = open_environment(environment.load(ROOT, env), consistent=True)
    for store in stores:
        fills.check_complete(store, env, serving)
        store.close()
    file.write_bytes(registry.dump(wanted))
    typer.echo(
        f"Wrote {file}. Commit it, and bring the environment up with it: lookups serve the new version."
    )


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


def serve(
    *,
    env: EnvironmentName = "local",
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 takes a free one.")] = 8080,
) -> None:
    """Serve an environment's lookups over HTTP on this machine, until Ctrl-C."""
    from headwater.online import wsgi  # noqa: PLC0415 (only this command needs the server)

    definitions = registry.load(REGISTRY)
    api = HttpApi(Lookup(connect(env, ROOT)), definitions)
    try:
        listening = wsgi.server(api, port)
    except OSError as error:
        raise InputError(f"port {port}: {error}; choose another with --port, or 0 for a free one") from error
    typer.echo(f"http://{wsgi.HOST}:{listening.effective_port}{LOOKUP_PATH}")
    # Until Ctrl-C, which ends it once what is under way is answered.
    listening.run()


def _entity(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InputError(
            f'entity {text!r}: {error}; give a JSON object such as \'{{"origin": "JFK"}}\''
        ) from error


def _propose(definitions: str, file: Path) -> Proposal:
    services = load_services(definitions)
    return rollout.propose(services, registry.load(file) if file.exists() else None)


def _what_next(proposal: Proposal, wrote: str) -> str:
    if proposal.registry is None:
        return "A change is refused; nothing can be applied."
    if not proposal.changes:
        return "No changes: the registry is what the definitions say."
    if proposal.pending:
        return "These changes wait to be served: run `headwater backfill`, then `headwater switch`."
    if proposal.registry.next is not None:
        return (
            f"{wrote}keep what serves and fill the rest beside it. Commit it and bring the environment up with it; "
            "then run `headwater backfill`, and when it is complete `headwater switch`."
        )
    return f"{wrote}serve the change at once. Commit it, and bring the environment up with it."


def _print_changes(found: list[RegistryChange], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([change._asdict() for change in found]))
    elif found:
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
