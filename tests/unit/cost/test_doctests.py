"""Examples in the docstrings of the room are true."""

import doctest
import pkgutil
from importlib import import_module

import pytest

import cost

# Importing `cost.__main__` runs it.
MODULES = sorted(
    each.name for each in pkgutil.walk_packages(cost.__path__, "cost.") if not each.name.endswith("__main__")
)


@pytest.mark.parametrize("module", MODULES)
def test_examples_are_true(module: str) -> None:
    assert doctest.testmod(import_module(module)).failed == 0


def test_there_are_examples() -> None:
    assert sum(doctest.testmod(import_module(module)).attempted for module in MODULES) > 10
