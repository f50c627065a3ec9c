"""Builds the zip of a function: its handler, what it imports, the registry and its packages.

Which files and packages these are is `infra.packaging.imports` and `infra.packaging.wheels`; nothing
here knows a cloud.
"""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec

from infra.packaging import archive, imports, wheels
from infra.packaging.errors import PackagingError

REGISTRY = Path("features/registry.json")
CALLS = "headwater.on_demand_calls"
"""What a lookup imports by name, where there are features on demand."""

ON_DEMAND_IN = ("lookup",)
"""Functions that compute features on demand."""

MAX_AWS_BYTES = 12_000_000
"""Largest zip for AWS. Lambda takes 50 MB; a cold start fetches and unpacks every byte."""

NUMPY_BYTES = 15_000_000
"""What NumPy may add, where there are features on demand."""


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A built zip."""

    path: Path
    bytes: int
    sha256: str
    """Hexadecimal. Equal for equal content, wherever and whenever it was built."""


def functions(root: Path) -> list[str]:
    """Names of the functions in a checkout, sorted."""
    return sorted(handler.parent.name for handler in (root / "lambdas").glob("*/handler.py"))


def build_bundle(function: str, target: str, root: Path) -> Bundle:
    """Build ``dist/<target>/<function>.zip``.

    Args:
        function: Folder under ``lambdas`` that holds the function's ``handler.py``.
        target: ``aws`` or ``local``.
        root: Checkout to build from and in.

    Raises:
        PackagingError: The function or target is unknown, the registry is not compiled, the handler
            imports something that would not be in the zip, or the zip is too large.
    """
    known = functions(root)
    if function not in known:
        raise PackagingError(
            f"function {function!r}: no lambdas/{function}/handler.py under {root}; "
            f"name one of: {', '.join(known) or 'none exist'}"
        )
    if target not in wheels.TARGETS:
        raise PackagingError(f"target {target!r}: unknown; name one of: {', '.join(wheels.TARGETS)}")
    if not (root / REGISTRY).is_file():
        raise PackagingError(
            f"registry {root / REGISTRY}: no such file; compile the definitions with `headwater apply`"
        )
    on_demand = on_demand_modules(root) if function in ON_DEMAND_IN else []
    closure = imports.follow(root, f"lambdas.{function}.handler", *on_demand)
    packages = wheels.install(wheels.TARGETS[target], root, numpy=bool(on_demand))
    _check_imports(function, closure, wheels.TARGETS[target], packages)
    entries = {file.relative_to(packages).as_posix(): file for file in packages.rglob("*") if file.is_file()}
    entries |= {file.as_posix(): root / file for file in closure.files}
    entries[REGISTRY.name] = root / REGISTRY
    path = root / "dist" / target / f"{function}.zip"
    archive.write_zip(path, entries)
    content = path.read_bytes()
    allowed = MAX_AWS_BYTES + (NUMPY_BYTES if on_demand else 0)
    if target == "aws" and len(content) > allowed:
        raise PackagingError(
            f"bundle {path}: {len(content)} bytes, at most {allowed} are allowed; "
            "drop a dependency from requirements/lambda.in or files in infra/packaging/wheels.py"
        )
    return Bundle(path=path, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def on_demand_modules(root: Path) -> list[str]:
    """Modules that a registry's features on demand need at run time; none if there are none.

    Raises:
        PackagingError: The registry cannot be read.
    """
    try:
        compiled = msgspec.json.decode((root / REGISTRY).read_bytes(), type=_OnDemand)
    except msgspec.MsgspecError as error:
        raise PackagingError(
            f"registry {root / REGISTRY}: {error}; compile the definitions with `headwater apply`"
        ) from error
    found = [compiled, *([compiled.next] if compiled.next else [])]
    functions = {view.function for registry in found for view in registry.on_demand.values()}
    modules = sorted({function.partition(":")[0] for function in functions})
    return [CALLS, *modules] if modules else []


class _Function(msgspec.Struct):
    function: str


class _OnDemand(msgspec.Struct):
    on_demand: dict[str, _Function] = {}
    next: "_OnDemand | None" = None


def _check_imports(function: str, closure: imports.Closure, target: wheels.Target, packages: Path) -> None:
    """Refuse a zip whose handler could not be loaded: the local cloud would not notice."""
    installed = {path.name.partition(".")[0] for path in packages.iterdir()}
    present = installed | set(target.provided) | sys.stdlib_module_names
    missing = [found for found in closure.external if found.required and found.package not in present]
    if missing:
        places = "; ".join(f"{found.package} at {found.file}:{found.line}" for found in missing)
        raise PackagingError(
            f"function {function!r} for target {target.name!r}: imports packages that its zip would not hold: "
            f"{places}; add them to requirements/lambda.in and run `make lock`, or do not import them"
        )
