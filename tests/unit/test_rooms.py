"""The rooms of the house are known to every tool that keeps them apart."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra.packaging.imports import OWN_ROOMS, UNSHIPPED_ROOMS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = sorted(package.parent.name for package in ROOT.glob("*/__init__.py"))


@pytest.fixture(scope="module")
def tools() -> dict[str, Any]:
    """The tools' configuration."""
    content: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    return content


def test_the_import_linter_looks_at_every_room(tools: dict[str, Any]) -> None:
    assert sorted(tools["importlinter"]["root_packages"]) == ROOMS


def test_every_room_is_a_layer(tools: dict[str, Any]) -> None:
    """A room that is no layer may import anything."""
    layers = tools["importlinter"]["contracts"][0]["layers"]
    placed = {name.strip(" ()") for layer in layers for part in layer.split("|") for name in part.split(":")}
    assert set(ROOMS) - placed == set()


def test_every_room_is_installed(tools: dict[str, Any]) -> None:
    included = tools["setuptools"]["packages"]["find"]["include"]
    assert {f"{room}*" for room in ROOMS} - set(included) == set()


def test_packaging_knows_whether_a_room_may_be_shipped() -> None:
    assert set(ROOMS) - {*OWN_ROOMS, *UNSHIPPED_ROOMS} == set()
