"""What an environment declares that costs money: recorded from the program, kept in ``graphs/<environment>.json``.

Recording runs the program in-process, as the preview does, and takes seconds. A file holds the
fingerprint of everything that the program is made of, so that an estimate reads the file as long as
nothing of that has changed, and records anew when something has.
"""

import hashlib
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from cost.errors import GraphError
from cost.resources import facts_of

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = "headwater-graph/1"
REGISTRY = "features/registry.json"

_SOURCES = (
    *("infra/components", "infra/stacks", "infra/packaging", "infra/preview/recording.py"),
    *("infra/preview/unbuilt.py", "infra/local/graph.py", "infra/local/output_names.py"),
    *(
        "headwater/names.py",
        "headwater/feature_groups.py",
        "requirements/glue.txt",
        "requirements/glue_replica.txt",
        REGISTRY,
    ),
    *("cost/graphs.py", "cost/resources.py"),
)
"""What an environment's graph is made of, beside its own configuration: files, and folders of Python files."""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """A resource that costs money.

    Attributes:
        type: Pulumi type.
        name: Name in the program.
        component: Component at the outermost level that it belongs to.
        region: Region it is in.
        facts: What decides how much it costs; `cost.resources` says what.
    """

    type: str
    name: str
    component: str
    region: str
    facts: dict[str, Any]


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The file.

    Attributes:
        schema: `SCHEMA`.
        environment: Such as ``prod``.
        region: The environment's own region.
        fingerprint: Of what it was recorded from.
        resources: By component and name.
    """

    schema: str
    environment: str
    region: str
    fingerprint: str
    resources: list[Declared]

    def of(self, kind: str) -> list[Declared]:
        """Resources whose type ends with ``:<kind>``."""
        return [each for each in self.resources if each.type.endswith(f":{kind}")]


def file_of(environment: str) -> str:
    """Where the graph of an environment is kept, from the root of a checkout."""
    return f"cost/graphs/{environment}.json"


def load(environment: str, root: Path = ROOT) -> tuple[Graph, bool]:
    """Read the graph of an environment; record it anew if what it was recorded from has changed.

    Returns:
        The graph, and whether it was recorded anew.

    Raises:
        GraphError: A file is not a graph, or a resource's type is unknown here.
        SettingsError: There is no such environment, or its configuration is wrong.
    """
    file = root / file_of(environment)
    wanted = fingerprint(blobs(root, environment))
    if file.exists():
        kept = decode(file.read_bytes(), str(file))
        if kept.fingerprint == wanted:
            return kept, False
    return record(environment, root), True


def save(graph: Graph, root: Path = ROOT) -> Path:
    """Write a graph where `load` finds it."""
    file = root / file_of(graph.environment)
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(encode(graph))
    return file


def encode(graph: Graph) -> bytes:
    """Indented, for reviewers."""
    return msgspec.json.format(msgspec.json.encode(graph, order="deterministic"), indent=1) + b"\n"


def decode(content: bytes, name: str) -> Graph:
    """Read a file's content.

    Raises:
        GraphError: It is not a graph.
    """
    try:
        graph = msgspec.json.decode(content, type=Graph)
    except msgspec.MsgspecError as error:
        raise GraphError(f"graph {name}: {error}; make it again with `make docs`") from error
    if graph.schema != SCHEMA:
        raise GraphError(
            f"graph {name}: found {graph.schema!r}, expected {SCHEMA!r}; make it with `make docs`"
        )
    return graph


def record(environment: str, root: Path = ROOT, changes: Mapping[str, str] | None = None) -> Graph:
    """Run the program and keep what costs money.

    Args:
        environment: Such as ``prod``.
        root: The checkout.
        changes: Values of configuration that are other than in the environment's file.

    Raises:
        GraphError: A resource's type is unknown here.
        SettingsError: There is no such environment, or its configuration is wrong.
    """
    # Importing the program takes seconds; who reads a file does not pay them.
    from infra.preview import recording  # noqa: PLC0415
    from infra.preview.unbuilt import program  # noqa: PLC0415

    found = recording.record(root, environment, program, changes)
    region = str(found.outputs["region"])
    prefix = f"headwater-{environment}-"
    resources = []
    for each in found.resources.values():
        if not each.custom:
            continue
        facts = facts_of(each.type, each.name, each.inputs)
        if facts is None:
            continue
        top = each
        while top.parent:
            top = found.resources[top.parent]
        component = top.name.removeprefix(prefix).removeprefix(f"{each.region or region}-")
        resources.append(
            Declared(
                type=each.type,
                name=each.name,
                component=component,
                region=each.region or region,
                facts=facts,
            )
        )
    resources.sort(key=lambda each: (each.region, each.component, each.type, each.name))
    return Graph(
        schema=SCHEMA,
        environment=environment,
        region=region,
        fingerprint=fingerprint(blobs(root, environment)),
        resources=resources,
    )


def fingerprint(files: Mapping[str, str]) -> str:
    """Hash of files by their names and git's hashes of their contents."""
    lines = "".join(f"{name} {blob}\n" for name, blob in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def blobs(root: Path, environment: str) -> dict[str, str]:
    """Git's hash of each file that a graph is made of, as it lies in a checkout."""
    return {
        file.relative_to(root).as_posix(): _blob(file.read_bytes())
        for source in (*_SOURCES, f"Pulumi.{environment}.yaml")
        for file in _files(root / source)
    }


def blobs_at(root: Path, environment: str, commit: str) -> dict[str, str]:
    """As `blobs`, of a commit.

    Raises:
        GraphError: Git does not know the commit.
    """
    wanted = (*_SOURCES, f"Pulumi.{environment}.yaml")
    listed = git(root, "ls-tree", "-r", commit, "--", *wanted).decode()
    found = {}
    for line in listed.splitlines():
        about, _, name = line.partition("\t")
        if name in wanted or name.endswith(".py"):
            found[name] = about.split()[2]
    return found


def git(root: Path, *arguments: str) -> bytes:
    """Ask git.

    Raises:
        GraphError: It refuses; says why.
    """
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)  # noqa: S607 (git is where the developer has it)
    if done.returncode:
        said = done.stderr.decode().strip()
        raise GraphError(
            f"git {' '.join(arguments[:3])}: {said}; name a commit that this checkout has; a shallow "
            "one has few: `git fetch --unshallow`"
        )
    return done.stdout


def _files(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return path.rglob("*.py")
    return [path] if path.exists() else []


def _blob(content: bytes) -> str:
    # As git names a file's content, so that a commit's files need not be read to be compared.
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()
