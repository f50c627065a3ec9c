"""The local cloud of a checkout: up, down, and what is in it."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec

from headwater import environment as outputs
from headwater.errors import LocalCloudError, SettingsError
from infra.local import environments, graph, locks, processes, state
from infra.local.functions import update_functions
from infra.local.graph import Graph
from infra.local.jobs import update_jobs
from infra.local.not_emulated import NOT_EMULATED
from infra.local.runner import Progress, Runner
from infra.local.state import FOLDER, LocalState, ProcessRecord, ResourceRecord

ENVIRONMENT = "local"
_PROGRAM_FOLDERS = ("infra", "requirements")
_CODE_FOLDERS = ("headwater", "lambdas", "features", "feature_jobs", "glue_scripts")


def up(
    root: Path, environment: str = ENVIRONMENT, progress: Progress = lambda _type, _name: None
) -> LocalState:
    """Start the local cloud and run the platform's program in it.

    A cloud that is up already and was made by the same program is left as it is, but for its functions
    and jobs: they get the code and the registry that are there now. One made by another program is taken down
    first, with what it holds.

    Args:
        root: The checkout.
        environment: Only ``local`` runs here.
        progress: Told of each resource when it is there.

    Raises:
        SettingsError: Another environment, or its configuration is wrong.
        LocalCloudError: A server or a resource could not be made; what was started is stopped.
    """
    check_environment(root, environment)
    graph.read_config(root, environment)  # refused before anything is started
    fingerprint = _fingerprint(root, _PROGRAM_FOLDERS, root / f"Pulumi.{environment}.yaml")
    code = _fingerprint(root, _CODE_FOLDERS)
    with _locked(root):
        found = state.load(root)
        if found and found.program == fingerprint and all(map(processes.is_running, found.processes)):
            if found.code != code:
                known = outputs.load(root, environment)
                update_functions(root, known)
                update_jobs(root, known)
                found.code = code
                state.save(found)
            return found
        _down(root)
        made = LocalState(root=str(root))
        try:
            _start(root, made)
            declared = fill(root, made.endpoint_url, environment, progress)
            made.outputs = declared.outputs
            made.resources = _records(declared)
            made.program, made.code = fingerprint, code
            state.save(made)
        except BaseException:
            _down(root)
            raise
        return made


def start(root: Path) -> LocalState:
    """Start the local cloud's servers and create nothing, for others to fill: the Pulumi CLI, Terraform.

    What was up before is taken down first, with what it holds.

    Args:
        root: The checkout.

    Raises:
        LocalCloudError: A server could not be started; what was is stopped.
    """
    with _locked(root):
        _down(root)
        made = LocalState(root=str(root))
        try:
            _start(root, made)
        except BaseException:
            _down(root)
            raise
        return made


def fill(
    root: Path,
    endpoint_url: str,
    environment: str = ENVIRONMENT,
    progress: Progress = lambda _type, _name: None,
) -> Graph:
    """Run the platform's program in an emulator that is up, and leave its outputs where commands look for them.

    Args:
        root: The checkout.
        endpoint_url: Of an empty emulator.
        environment: Only ``local`` runs here.
        progress: Told of each resource when it is there.

    Raises:
        SettingsError: The environment's configuration is wrong.
        LocalCloudError: A resource could not be made.
    """
    config = graph.read_config(root, environment)
    # Importing the program takes seconds; whoever only asks for the state does not pay them.
    from infra.stacks.program import program  # noqa: PLC0415

    runner = Runner(endpoint_url, progress)
    made = graph.run(program, config, environment=environment, create=runner.create, call=runner.call)
    _write_outputs(root, environment, {**made.outputs, "endpoint_url": endpoint_url})
    return made


def check_environment(root: Path, environment: str, command: str = "up") -> None:
    """Refuse environments that do not run on this machine.

    Args:
        root: The checkout.
        environment: Its name.
        command: Of the Pulumi CLI, that does for the others what is wanted.

    Raises:
        SettingsError: It is another than `ENVIRONMENT`.
    """
    environments.check(root, environment)
    if environment != ENVIRONMENT:
        raise SettingsError(
            f"environment {environment!r}: only {ENVIRONMENT!r} runs on this machine; "
            f"for the others use the Pulumi CLI: `pulumi {command} -s {environment}`"
        )


def down(root: Path) -> bool:
    """Stop what was started for this checkout, and nothing else.

    Returns:
        False if there was nothing to stop.
    """
    with _locked(root):
        return _down(root)


def running(root: Path) -> LocalState:
    """State of a local cloud that is up.

    Raises:
        LocalCloudError: It is not.
    """
    found = state.load(root)
    if found is None or not found.program or not all(map(processes.is_running, found.processes)):
        raise LocalCloudError(f"local cloud of {root}: not up; run `headwater up {ENVIRONMENT}`")
    return found


def _down(root: Path) -> bool:
    found = state.load(root)
    if found is None:
        return False
    for record in reversed(found.processes):
        processes.stop(record)
    state.clear(root)
    outputs.path(root, ENVIRONMENT).unlink(missing_ok=True)
    return True


def _write_outputs(root: Path, environment: str, content: Mapping[str, Any]) -> None:
    """Leave the outputs where the commands of other rooms look for them."""
    file = outputs.path(root, environment)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(content), indent=2))


def _start(root: Path, made: LocalState) -> None:
    folder = root / FOLDER
    scratch = folder / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)

    def start_redis(port: int) -> list[str]:
        return processes.redis_command(folder / "redis", port)

    def start_emulator(_port: int) -> list[str]:
        return processes.emulator_command(root)

    made.redis_port = _start_server(made, "redis", start_redis, processes.redis_answers, lambda _port: {})
    made.port = _start_server(
        made,
        "emulator",
        start_emulator,
        processes.emulator_answers,
        lambda port: processes.emulator_environment(port, made.redis_port, scratch),
    )


def _start_server(
    made: LocalState,
    name: str,
    command: Callable[[int], list[str]],
    answers: Callable[[int], bool],
    environment: Callable[[int], dict[str, str]],
) -> int:
    log = Path(made.root) / FOLDER / "logs" / f"{name}.log"

    def keep(record: ProcessRecord) -> None:
        made.processes.append(record)
        state.save(made)

    return processes.start_server(
        name, command, answers, environment, log=log, started=keep, ended=made.processes.remove
    )


def _locked(root: Path) -> AbstractContextManager[None]:
    return locks.held(
        root / FOLDER / "lock",
        LocalCloudError(
            f"local cloud of {root}: another command is starting or stopping it; wait for it to end"
        ),
    )


def _fingerprint(root: Path, folders: Sequence[str], *files: Path) -> str:
    digest = hashlib.sha256()
    found = list(files)
    for folder in folders:
        found += sorted(
            path for path in (root / folder).rglob("*") if path.suffix in {".py", ".json", ".txt"}
        )
    for file in found:
        digest.update(str(file.relative_to(root)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _records(declared: Graph) -> list[ResourceRecord]:
    return [
        ResourceRecord(
            component=_component(declared, resource.urn),
            type=resource.type,
            name=resource.name,
            id=resource.id,
            not_emulated=NOT_EMULATED.get(resource.type, ""),
        )
        for resource in declared.resources.values()
        if resource.custom and not resource.type.startswith("pulumi:")
    ]


def _component(declared: Graph, urn: str) -> str:
    """Type and name of the outermost component a resource belongs to."""
    resource = declared.resources[urn]
    if not resource.parent:
        return "" if resource.custom else f"{resource.type.rpartition(':')[2]} {resource.name}"
    return _component(declared, resource.parent)
