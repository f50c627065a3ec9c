"""What is assumed of an environment: how much comes in, how much is asked, how long it is kept.

The assumptions are files beside this module, ``<environment>.yaml``: each value a number or a range with its unit.
What the definitions say (sources, entities, services) decides which keys there have to be; a file
that lacks one, or has another, is refused. How things are sized is no assumption: it is declared,
and read from the graph.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_type_hints

import msgspec
import yaml

from cost import shapes
from cost.errors import UsageError
from cost.quantities import Point, Quantity, parse
from headwater.registry import Registry

FOLDER = Path(__file__).parent

JOBS = ("backfill", "compact", "ingest", "materialize", "replicate", "training_set")
"""Jobs whose runs are assumed; that they are the declared ones is checked against the graph."""

_Section = TypeVar("_Section", bound=msgspec.Struct)


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment shares with others of its account.

    Attributes:
        free_tier: Part of what AWS gives an account for nothing that is left for this environment.
    """

    free_tier: Annotated[Quantity, "percent"]


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Events of one source.

    Attributes:
        events: Mean over the month.
        peak: The busiest second, as a multiple of the mean.
        shape: How they go through the day; one of `shapes.SHAPES`.
        text: Mean length of a string column's value.
        late: Part that arrives when later events have been applied, and touches older tiles.
        kept: How long the event log goes back.
    """

    events: Annotated[Quantity, "events/s"]
    peak: Annotated[Quantity, "times"]
    shape: str
    text: Annotated[Quantity, "bytes"]
    late: Annotated[Quantity, "percent"]
    kept: Annotated[Quantity, "months"]


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are of a kind.

    Attributes:
        active: Entities with events within the longest window.
    """

    active: Annotated[Quantity, "entities"]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Lookups of one feature service.

    Attributes:
        lookups: Requests, mean over the month.
        peak: The busiest second, as a multiple of the mean.
        shape: How they go through the day; one of `shapes.SHAPES`.
        batch: Rows that one request asks for.
        found: Part of the keys asked for that have a value.
        log_kept: How long sampled answers are kept.
    """

    lookups: Annotated[Quantity, "lookups/s"]
    peak: Annotated[Quantity, "times"]
    shape: str
    batch: Annotated[Quantity, "rows/lookup"]
    found: Annotated[Quantity, "percent"]
    log_kept: Annotated[Quantity, "months"]


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """Runs of one job.

    Attributes:
        runs: How often, beside what the schedules of the graph start.
        time: How long one takes, its start included.
    """

    runs: Annotated[Quantity, "runs/month"]
    time: Annotated[Quantity, "minutes/run"]


class Training(msgspec.Struct, frozen=True, kw_only=True):
    """What training reads and leaves.

    Attributes:
        scanned: Read of the event log by queries in Athena.
        size: A training set as it is stored.
        kept: How long one is kept where the configuration lets it stay.
    """

    scanned: Annotated[Quantity, "GB/month"]
    size: Annotated[Quantity, "GB/set"]
    kept: Annotated[Quantity, "months"]


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """Where functions and caches meet.

    Attributes:
        cross_zone: Part of the cache's traffic whose two ends are in different zones.
        outside: Part of the answers that leave AWS for the internet.
    """

    cross_zone: Annotated[Quantity, "percent"]
    outside: Annotated[Quantity, "percent"]


class People(msgspec.Struct, frozen=True, kw_only=True):
    """What people do with it.

    Attributes:
        logs_read: Scanned by queries of the logs.
        deployments: How often the environment is deployed; each stores the jobs' files again.
    """

    logs_read: Annotated[Quantity, "GB/month"]
    deployments: Annotated[Quantity, "deployments/month"]


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """All assumptions of an environment."""

    name: str
    account: Account
    sources: dict[str, Source]
    entities: dict[str, Entity]
    services: dict[str, Service]
    jobs: dict[str, Job]
    training: Training
    network: Network
    people: People

    def at(self, point: Point) -> "Usage":
        """The same with one number in place of every range."""
        changed: Usage = _mapped(self, lambda quantity: quantity.at(point))
        return changed

    @property
    def has_ranges(self) -> bool:
        """Whether any assumption is a range."""
        return any(not quantity.is_exact for _, quantity in self.quantities())

    def quantities(self) -> Iterable[tuple[str, Quantity]]:
        """Every quantity with its key, such as ``sources.departures.events``."""
        return _walk(self, "")

    def changed(self, key: str, number: Decimal) -> "Usage":
        """The same with another number at one key, in the unit it has.

        Raises:
            UsageError: No quantity has that key.
        """
        known = dict(self.quantities())
        if key not in known:
            raise UsageError(f"usage {key!r}: unknown, expected one of {', '.join(known)}; choose one")
        changed: Usage = _replaced(self, key.split("."), Quantity(number, number, known[key].unit))
        return changed


class _Once(yaml.SafeLoader):
    """Reads YAML in which no key stands twice: of two values the first would be lost without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 (yaml's signature)
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise UsageError(
                    f"usage {key.value!r}: stands twice, on line {key.start_mark.line + 1} again; expected once, remove one"
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Names(NamedTuple):
    """Which names a section has to have, and what each holds."""

    names: Iterable[str]
    holds: type[msgspec.Struct]


def file_of(environment: str) -> Path:
    """Where the assumptions of an environment are kept.

    Raises:
        UsageError: There are none.
    """
    file = FOLDER / f"{environment}.yaml"
    known = sorted(each.stem for each in FOLDER.glob("*.yaml"))
    if environment not in known:
        raise UsageError(
            f"environment {environment!r}: found no assumptions of it, expected one of {', '.join(known)}; choose one, or "
            f"begin cost/usage/{environment}.yaml with a copy of prod's"
        )
    return file


def load(file: Path, registry: Registry, *, more: bool = False) -> Usage:
    """Read a file of assumptions.

    Args:
        file: The file.
        registry: Says which sources, entities and services there are.
        more: Others may stand in it: those of definitions that these are compared with.

    Raises:
        UsageError: It cannot be read, a key is missing or unknown, or a value is not in its unit.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise UsageError(f"usage {file}: {error}; start from a copy of cost/usage/prod.yaml") from error
    return decode(content, file.name, registry, more=more)


def decode(content: bytes, name: str, registry: Registry, *, more: bool = False) -> Usage:
    """As `load`, of a file's content."""
    try:
        found = yaml.load(content, _Once)  # noqa: S506 (a safe loader, with one thing more that it refuses)
    except yaml.YAMLError as error:
        raise UsageError(f"usage {name}: no YAML: {error}; correct it, see cost/usage/prod.yaml") from error
    entities = {view.entity for view in registry.views.values()}
    named = {
        "sources": _Names({view.source for view in registry.views.values()} | set(registry.sources), Source),
        "entities": _Names(entities, Entity),
        "services": _Names(registry.services, Service),
        "jobs": _Names(JOBS, Job),
    }
    single: dict[str, type[msgspec.Struct]] = {
        "account": Account,
        "training": Training,
        "network": Network,
        "people": People,
    }
    given = _mapping("", found, [*named, *single])
    content_of: dict[str, Any] = {key: _section(key, given[key], holds) for key, holds in single.items()}
    for key, (names, holds) in named.items():
        members = _mapping(key, given[key], names, more=more and holds is not Job)
        content_of[key] = {
            member: _section(f"{key}.{member}", members[member], holds) for member in sorted(names)
        }
    return Usage(name=name, **content_of)


def _mapping(key: str, found: object, expected: Iterable[str], *, more: bool = False) -> Mapping[str, Any]:
    where = f"usage {key!r}" if key else "usage"
    expected = sorted(expected)
    if not isinstance(found, dict):
        raise UsageError(
            f"{where}: found {found!r}, expected the keys {', '.join(expected)}; write them below it"
        )
    for each in expected:
        if each not in found:
            full = ".".join(filter(None, [key, each]))
            raise UsageError(
                f"usage {full!r}: missing; found {', '.join(map(str, found)) or 'nothing'}; add it"
            )
    for each in found:
        if each not in expected and not more:
            full = ".".join(filter(None, [key, str(each)]))
            raise UsageError(f"usage {full!r}: unknown, expected {', '.join(expected)}; remove it")
    return found


def _section(key: str, found: object, holds: type[_Section]) -> _Section:
    hints = get_type_hints(holds, include_extras=True)
    given = _mapping(key, found, hints)
    read: dict[str, Any] = {}
    for name, hint in hints.items():
        full = f"{key}.{name}"
        if hint is str:
            shapes.hours(full, str(given[name]))
            read[name] = given[name]
        else:
            read[name] = parse(full, given[name], get_args(hint)[1])
    return holds(**read)


def _walk(node: Any, key: str) -> Iterable[tuple[str, Quantity]]:
    if isinstance(node, Quantity):
        yield key, node
        return
    if isinstance(node, msgspec.Struct):
        node = {name: getattr(node, name) for name in node.__struct_fields__}
    if isinstance(node, dict):
        for name, inner in node.items():
            yield from _walk(inner, f"{key}.{name}".removeprefix("."))


def _mapped(node: Any, change: Any) -> Any:
    if isinstance(node, Quantity):
        return change(node)
    if isinstance(node, dict):
        return {name: _mapped(inner, change) for name, inner in node.items()}
    if isinstance(node, msgspec.Struct):
        return type(node)(**{name: _mapped(getattr(node, name), change) for name in node.__struct_fields__})
    return node


def _replaced(node: Any, path: list[str], value: Quantity) -> Any:
    if not path:
        return value
    name, *rest = path
    if isinstance(node, dict):
        return node | {name: _replaced(node[name], rest, value)}
    return msgspec.structs.replace(node, **{name: _replaced(getattr(node, name), rest, value)})
