"""Which files a function is given."""

from pathlib import Path

import pytest

from infra.packaging import imports
from infra.packaging.errors import PackagingError


def _files(root: Path, module: str = "lambdas.lookup.handler") -> set[str]:
    return {file.as_posix() for file in imports.follow(root, module).files}


def test_reached_modules_and_their_packages_are_found_and_nothing_else(checkout: Path) -> None:
    assert _files(checkout) == {
        "headwater/__init__.py",
        "headwater/errors.py",
        "headwater/online/__init__.py",
        "headwater/online/lazy.py",
        "headwater/online/reader.py",
        "lambdas/lookup/handler.py",
        "lambdas/lookup/settings.py",
    }


def test_an_import_for_type_checkers_is_not_followed(checkout: Path) -> None:
    assert "headwater/offline/engine.py" not in _files(checkout)


def test_the_other_branch_of_a_type_checking_test_is_followed(checkout: Path) -> None:
    (checkout / "headwater/errors.py").write_text(
        "import typing\nif typing.TYPE_CHECKING:\n    import pyarrow\nelse:\n    import headwater.unused\n"
    )
    assert "headwater/unused.py" in _files(checkout)


@pytest.mark.parametrize(
    "statement",
    [
        "from . import lazy",
        "from .lazy import late",
        "from ..online import lazy",
        "import headwater.online.lazy",
        "from headwater.online import lazy as other",
        "class A:\n    from headwater.online import lazy",
        "try:\n    from .lazy import late\nexcept ImportError:\n    late = None",
    ],
)
def test_every_way_of_importing_is_followed(checkout: Path, statement: str) -> None:
    (checkout / "headwater/online/reader.py").write_text(statement)
    assert "headwater/online/lazy.py" in _files(checkout)


def test_modules_that_import_each_other_are_followed_once(checkout: Path) -> None:
    (checkout / "headwater/online/lazy.py").write_text("from headwater.online import reader\n")
    assert "headwater/online/lazy.py" in _files(checkout)


def test_only_unguarded_imports_at_the_top_are_required(checkout: Path) -> None:
    (checkout / "headwater/errors.py").write_text(
        "import alpha\ntry:\n    import beta\nexcept ImportError:\n    pass\ndef f():\n    import gamma\n"
    )
    found = imports.follow(checkout, "lambdas.lookup.handler").external
    required = {each.package: each.required for each in found if each.file == Path("headwater/errors.py")}
    assert required == {"alpha": True, "beta": False, "gamma": False}


def test_a_missing_module_of_ours_is_named_with_the_place_that_asks_for_it(checkout: Path) -> None:
    (checkout / "headwater/errors.py").write_text("\nimport headwater.absent\n")
    with pytest.raises(PackagingError, match=r"'headwater\.absent', imported at headwater/errors\.py:2"):
        imports.follow(checkout, "lambdas.lookup.handler")


def test_a_room_that_is_not_shipped_is_refused(checkout: Path) -> None:
    (checkout / "lambdas/lookup/settings.py").write_text("from infra.stacks import program\n")
    with pytest.raises(PackagingError, match=r"lambdas/lookup/settings\.py:1: imports 'infra\.stacks'"):
        imports.follow(checkout, "lambdas.lookup.handler")


def test_a_file_that_does_not_parse_is_named_with_its_line(checkout: Path) -> None:
    (checkout / "headwater/errors.py").write_text("x = 1\nx = = 1\n")
    with pytest.raises(PackagingError, match=r"headwater/errors\.py:2: not valid Python"):
        imports.follow(checkout, "lambdas.lookup.handler")
