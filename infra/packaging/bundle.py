"""Builds the zip of a function: its handler, what it imports, the registry and its packages.

Which files and packages these are is `infra.packaging.imports` and `infra.packaging.wheels`; nothing
here knows a cloud.
"""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

from infra.packaging import archive, imports, wheels
from infra.packaging.errors import PackagingError

REGISTRY = Path("features/registry.json")
MAX_AWS_BYTES = 12_000_000
"""Largest zip for AWS. Lambda takes 50 MB; a cold start fetches and unpacks every byte."""


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
    closure = imports.follow(root, f"lambdas.{function}.handler")
    packages = wheels.install(wheels.TARGETS[target], root)
    _check_imports(function, closure, wheels.TARGETS[target], packages)
    entries = {file.relative_to(packages).as_posix(): file for file in packages.rglob("*") if file.is_file()}
    entries |= {file.as_posix(): root / file for file in closure.files}
    entries[REGISTRY.name] = root / REGISTRY
    path = root / "dist" / target / f"{function}.zip"
    archive.write_zip(path, entries)
    content = path.read_bytes()
    if target == "aws" and len(content) > MAX_AWS_BYTES:
        raise PackagingError(
            f"bundle {path}: {len(content)} bytes, at most {MAX_AWS_BYTES} are allowed; "
            "drop a dependency from requirements/lambda.in or files in infra/packaging/wheels.py"
        )
    return Bundle(path=path, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


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
