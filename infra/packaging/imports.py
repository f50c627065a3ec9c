"""Finds the files of ours that a function needs, by following its imports.

The sources are parsed, never run: `modulefinder` was the alternative, but it also walks the standard
library and every installed package (seconds instead of milliseconds), cannot tell an import for type
checkers from one that happens, and does not say in which file a missing one stands. Imports inside
functions count, as they happen at run time; those under ``if TYPE_CHECKING`` do not.

Which packages a bundle carries beside our files is `infra.packaging.wheels`.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from infra.packaging.errors import PackagingError

OWN_ROOMS = ("headwater", "lambdas")
"""What may be shipped in a function."""

UNSHIPPED_ROOMS = ("cost", "dr", "examples", "feature_jobs", "features", "glue_scripts", "infra", "tests")
"""What a function must not import: definitions reach it compiled, the rest is not for run time."""


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import of a package that is not ours."""

    package: str
    file: Path
    line: int
    required: bool
    """Whether the module fails to load without it: at the top, and not guarded by a ``try``."""


@dataclass(frozen=True, kw_only=True)
class Closure:
    """Everything a handler reaches: our files, relative to the root, and packages of others."""

    files: tuple[Path, ...]
    external: tuple[Import, ...]


@dataclass(frozen=True, kw_only=True)
class _Statement:
    """One import as written, with relative names resolved."""

    module: str
    names: tuple[str, ...]
    line: int
    required: bool


def follow(root: Path, module: str, *named: str) -> Closure:
    """Return what a module reaches.

    Args:
        root: Checkout that holds the rooms.
        module: Dotted name of the handler, such as ``lambdas.stream.handler``.
        named: Modules that it imports by name at run time; their packages may be shipped, too.

    Raises:
        PackagingError: A file of ours is absent, cannot be parsed, or imports a room that is not shipped.
    """
    walk = _Walk(root, shipped=(*OWN_ROOMS, *(each.partition(".")[0] for each in named)))
    walk.visit_module(module, "the function's entry point")
    for each in named:
        walk.visit_module(each, "imported by name at run time")
    return Closure(
        files=tuple(sorted(walk.files)),
        external=tuple(sorted(walk.external, key=lambda found: (found.package, found.file, found.line))),
    )


@dataclass
class _Walk:
    """The modules met so far."""

    root: Path
    shipped: tuple[str, ...]
    files: set[Path] = field(default_factory=set)
    external: list[Import] = field(default_factory=list)

    def visit_module(self, module: str, reason: str) -> None:
        """Add a module of ours, the packages around it, and what all of them import."""
        file = self._find(module)
        if file is None:
            raise PackagingError(
                f"module {module!r}, {reason}: found neither {module.replace('.', '/')}.py nor a package of that name "
                f"under {self.root}; add the file or mend the import"
            )
        parts = module.split(".")
        packages = [".".join(parts[:length]) for length in range(1, len(parts))]
        for found in [*filter(None, map(self._find, packages)), file]:
            self._visit_file(found)

    def _visit_file(self, file: Path) -> None:
        if file in self.files:
            return
        if file.is_dir():  # a package without __init__.py: nothing to ship, nothing to follow
            return
        self.files.add(file)
        try:
            tree = ast.parse((self.root / file).read_bytes(), filename=str(file))
        except SyntaxError as error:
            raise PackagingError(
                f"{file}:{error.lineno}: not valid Python ({error.msg}); mend the file"
            ) from error
        for statement in _imports(tree, _package_of(file)):
            self._visit_statement(file, statement)

    def _visit_statement(self, file: Path, statement: _Statement) -> None:
        package = statement.module.partition(".")[0]
        if package in UNSHIPPED_ROOMS and package not in self.shipped:
            raise PackagingError(
                f"{file}:{statement.line}: imports {statement.module!r}, which is not shipped in a function; "
                f"a function may import {' and '.join(OWN_ROOMS)} only"
            )
        if package not in self.shipped:
            self.external.append(
                Import(package=package, file=file, line=statement.line, required=statement.required)
            )
            return
        self.visit_module(statement.module, f"imported at {file}:{statement.line}")
        for name in statement.names:
            submodule = f"{statement.module}.{name}"
            if self._find(submodule) is not None:
                self.visit_module(submodule, f"imported at {file}:{statement.line}")

    def _find(self, module: str) -> Path | None:
        """Return a module's file relative to the root, or its folder if it is a bare package."""
        path = Path(*module.split("."))
        for candidate in (path / "__init__.py", path.with_suffix(".py")):
            if (self.root / candidate).is_file():
                return candidate
        return path if (self.root / path).is_dir() else None


def _package_of(file: Path) -> tuple[str, ...]:
    """Package that a file's relative imports start from."""
    return file.parent.parts


def _imports(tree: ast.Module, package: tuple[str, ...]) -> Iterator[_Statement]:
    pending: list[tuple[ast.AST, bool]] = [(tree, True)]
    while pending:
        node, required = pending.pop()
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield _Statement(module=alias.name, names=(), line=node.lineno, required=required)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *((node.module,) if node.module else ())))
            names = tuple(alias.name for alias in node.names)
            yield _Statement(module=module, names=names, line=node.lineno, required=required)
        elif isinstance(node, ast.If) and _is_type_checking(node.test):
            pending.extend((child, required) for child in node.orelse)
        else:
            inside = required and not isinstance(
                node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.Try
            )
            pending.extend((child, inside) for child in ast.iter_child_nodes(node))


def _is_type_checking(test: ast.expr) -> bool:
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"
