"""``headwater bundle``."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from infra.packaging import commands


@pytest.fixture
def app(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """A command line with the sub-command, on the small checkout."""
    monkeypatch.setattr(commands, "_ROOT", checkout)
    monkeypatch.setenv("COLUMNS", "120")
    line = typer.Typer()
    line.callback()(lambda: None)  # a second command: with one alone, typer drops its name
    commands.register(line)
    return line


def test_every_function_is_built_for_both_targets_unless_one_is_named(
    app: typer.Typer, checkout: Path
) -> None:
    CliRunner().invoke(app, ["bundle"])
    assert sorted(file.parent.name for file in checkout.glob("dist/*/*.zip")) == ["aws", "local"]


def test_sizes_are_shown(app: typer.Typer, checkout: Path) -> None:
    shown = CliRunner().invoke(app, ["bundle", "--target", "aws"]).output
    assert f"{(checkout / 'dist/aws/lookup.zip').stat().st_size / 1e3:,.0f}" in shown


def test_one_target_is_built_alone(app: typer.Typer, checkout: Path) -> None:
    CliRunner().invoke(app, ["bundle", "--target", "local"])
    assert [file.parent.name for file in checkout.glob("dist/*/*.zip")] == ["local"]


def test_the_wheels_of_jobs_are_shown_too(app: typer.Typer) -> None:
    shown = CliRunner().invoke(app, ["bundle", "--target", "local"]).output
    assert "headwater-1.2.3-py3-none-any.whl" in shown
