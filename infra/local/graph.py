"""Runs a Pulumi program in this process and returns the graph of resources it declares.

What becomes of each resource is the caller's: created in a local cloud, or only recorded. This
file is the only one that touches Pulumi's internals; they are those of the pinned release.
"""

import asyncio
import gc
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

import yaml
from pulumi import ResourceTransformationArgs
from pulumi.runtime import mocks, rpc, set_all_config, settings, stack

from headwater.errors import LocalCloudError, SettingsError
from infra.local import environments

PROVIDER = "pulumi:providers:aws"
_STACK = "pulumi:pulumi:Stack"
_FRAMES = 12


class Resource(NamedTuple):
    """A resource as the program declared it and as it was created.

    Attributes:
        urn: Unique name in the graph.
        type: Pulumi type.
        name: Name in the program.
        custom: False for components.
        parent: URN of the component it belongs to; empty at the top.
        provider: Name of the provider it is made by; empty for components, and where the program names none.
        region: Region it is in; empty for components.
        inputs: What the program gave; secrets unwrapped.
        outputs: What it was created as, with its inputs.
        id: What the cloud calls it.
        protect: Whether it refuses to be deleted.
        retained: Whether it stays when the stack no longer declares it.
        ignored: Inputs that may change outside without being set back, by Pulumi's names.
        dependencies: URNs of what it waits for, sorted.
        file: Absolute path of the file that declares it.
        line: Line there.
    """

    urn: str
    type: str
    name: str
    custom: bool
    parent: str
    provider: str
    region: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    id: str
    protect: bool
    retained: bool
    ignored: tuple[str, ...]
    dependencies: tuple[str, ...]
    file: str
    line: int


class Graph(NamedTuple):
    """Everything a program declared, in the order in which it did, and its stack outputs."""

    resources: dict[str, Resource]
    outputs: dict[str, Any]


Create = Callable[[str, str, str, dict[str, Any]], tuple[str, dict[str, Any]]]
"""Type, name, region, inputs -> id and outputs. Called from several threads."""

Call = Callable[[str, str, dict[str, Any]], dict[str, Any]]
"""Token, region, arguments -> result of a provider's function."""


def read_config(root: Path, environment: str) -> dict[str, str]:
    """Read ``Pulumi.<environment>.yaml`` the way Pulumi hands it to a program: as strings.

    Raises:
        SettingsError: There is no such file, it is no YAML, or it has no configuration.
    """
    file = root / f"Pulumi.{environment}.yaml"
    if not re.fullmatch(r"[a-z][a-z0-9-]*", environment) or not file.is_file():
        known = ", ".join(environments.names(root))
        raise SettingsError(f"environment {environment!r}: no {file.name} in {root}; choose one of {known}")
    try:
        content = yaml.safe_load(file.read_text())
    except yaml.YAMLError as error:
        raise SettingsError(f"{file}: no YAML: {error}; correct it, see Pulumi.local.yaml") from error
    if not isinstance(content, dict) or not isinstance(content.get("config"), dict):
        raise SettingsError(f"{file}: expected a mapping with `config:` in it; see Pulumi.local.yaml")
    return {key: _as_pulumi(value) for key, value in content["config"].items()}


def _as_pulumi(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Monitor(mocks.MockMonitor):
    """Pulumi's mock monitor, which also keeps stack outputs, parents, dependencies and the order of declaration."""

    def __init__(self, live: "_Live") -> None:
        super().__init__(live)
        self.outputs: dict[str, Any] = {}
        self.declared: dict[str, Any] = {}
        self.order: dict[tuple[str, str], int] = {}
        self.failure: Exception | None = None

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 (Pulumi's name)
        urn = self.make_urn(request.parent, request.type, request.name)
        if urn in self.declared:
            raise LocalCloudError(f"resource {urn}: declared twice; give one of them another name")
        self.declared[urn] = request
        try:
            return super().RegisterResource(request)  # type: ignore[no-untyped-call]
        except Exception as error:
            # Pulumi wraps what is raised here beyond recognition; the first failure is the one to report.
            self.failure = self.failure or error
            raise

    def note(self, args: ResourceTransformationArgs) -> None:
        """Note that the program declares a resource, before Pulumi waits for what it depends on."""
        self.order.setdefault((args.type_, args.name), len(self.order))

    def place(self, urn: str) -> tuple[int, str]:
        """What to sort resources by: they are registered as soon as what they depend on is made, which is chance."""
        request = self.declared[urn]
        return self.order[request.type, request.name], urn

    def RegisterResourceOutputs(self, request: Any) -> None:  # noqa: N802 (Pulumi's name)
        if request.urn.split("::")[2] == _STACK:
            self.outputs = rpc.deserialize_properties(request.outputs, keep_unknowns=True)


class _Live(mocks.Mocks):
    """Hands each resource to the caller, with its secrets unwrapped and its region known."""

    def __init__(self, create: Create, call: Call) -> None:
        self._create = create
        self._call = call
        self._regions: dict[str, str] = {}
        self.inputs: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        inputs = _unwrap(args.inputs)
        self.inputs[args.typ, args.name] = inputs
        if args.typ == PROVIDER:
            self._regions[args.name] = inputs["region"]
            return args.name, inputs
        if args.custom is False:
            return "", inputs
        made, outputs = self._create(args.typ, args.name, self.region(args.provider, inputs), inputs)
        return made, inputs | outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        arguments = _unwrap(args.args)
        return self._call(args.token, self.region(args.provider, arguments), arguments), []

    def region(self, provider: str | None, inputs: Mapping[str, Any]) -> str:
        """Region of a resource: its own input, else its provider's."""
        return str(inputs.get("region") or self._regions.get(_provider(provider), ""))


def run(
    program: Callable[[], None], config: Mapping[str, str], *, environment: str, create: Create, call: Call
) -> Graph:
    """Run a program.

    Args:
        program: Declares resources and exports outputs.
        config: Keys with their project, values as strings.
        environment: Name of the stack.
        create: What to do with each resource.
        call: How to answer a provider's function.

    Raises:
        HeadwaterError: As the program, ``create`` or ``call`` raised it.
    """
    live = _Live(create, call)
    monitor = _Monitor(live)
    set_all_config(dict(config))
    settings.set_root_resource(object())  # type: ignore[arg-type]  # set_mocks would make a stack on a dead loop
    mocks.set_mocks(live, project="headwater", stack=environment, preview=False, monitor=monitor)
    # A run leaves its tasks and outputs behind, a failed one its error as well.
    settings.SETTINGS.rpc_manager.clear()
    settings.SETTINGS.outputs.clear()
    settings.set_root_resource(None)  # type: ignore[arg-type]
    try:
        with _frugally():
            asyncio.run(_run_quietly(program, monitor))
    except Exception as error:
        raise (monitor.failure or error) from error
    declared = [urn for urn, request in monitor.declared.items() if request.type != _STACK]
    resources = {urn: _record(urn, monitor, live) for urn in sorted(declared, key=monitor.place)}
    return Graph(resources, monitor.outputs)


@contextmanager
def _frugally() -> Iterator[None]:
    """Leave out what a run takes half of its time for and has no use of."""
    collecting, limit = gc.isenabled(), getattr(sys, "tracebacklimit", None)
    # Nearly all that a run makes stays until its end: garbage can wait.
    gc.disable()
    # Pulumi has the whole stack of each resource read; what declares it is among the innermost frames.
    sys.tracebacklimit = _FRAMES
    try:
        yield
    finally:
        sys.tracebacklimit = limit
        if collecting:
            gc.enable()


async def _run_quietly(program: Callable[[], None], monitor: _Monitor) -> None:
    # The first failure is raised to the caller; asyncio would print it again for every output that waited.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)

    async def declared_and_made() -> None:
        stack.register_stack_transformation(monitor.note)
        program()
        await _settle()

    await stack.run_in_stack(declared_and_made)


async def _settle() -> None:
    """Wait until each output has its value, or one has failed.

    Pulumi's own wait, which follows, would take up all outputs again after each that is done: of
    thousands, that is half of a run's time.
    """
    outputs = settings.SETTINGS.outputs
    while pending := list(outputs):
        done, _ = await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
        # Who is done takes itself out, if it did not fail: a failure is left to Pulumi, which raises it.
        if any(each.cancelled() or each.exception() for each in done):
            return


def _record(urn: str, monitor: _Monitor, live: _Live) -> Resource:
    request = monitor.declared[urn]
    registered = monitor.resources.get(urn)
    inputs = live.inputs.get((request.type, request.name), {})
    parent = monitor.declared.get(request.parent)
    return Resource(
        urn=urn,
        type=request.type,
        name=request.name,
        custom=request.custom,
        parent="" if parent is None or parent.type == _STACK else request.parent,
        provider=_provider(request.provider) if request.custom else "",
        region=live.region(request.provider, inputs) if request.custom else "",
        inputs=inputs,
        outputs=registered.state if registered else {},
        id=registered.id if registered else "",
        protect=request.protect,
        retained=request.retainOnDelete,
        ignored=tuple(request.ignoreChanges),
        dependencies=tuple(sorted(request.dependencies)),
        file=unquote(urlsplit(request.sourcePosition.uri).path),
        line=request.sourcePosition.line,
    )


def _provider(reference: str | None) -> str:
    """Name in a reference, which is ``<urn>::<id>``; the id is the name here."""
    return (reference or "").rpartition("::")[2]


def _unwrap(value: Any) -> Any:
    if rpc.is_rpc_secret(value):
        return _unwrap(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _unwrap(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unwrap(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
