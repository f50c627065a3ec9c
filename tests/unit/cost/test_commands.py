"""The command line: what it prints, and what it does not load."""

import csv
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cost import commands, graphs
from cost.errors import CostError, PriceError, UsageError
from cost.graphs import ROOT
from tests.costs import TODAY, estimate_of, graph_of

HEAVY = {"boto3", "duckdb", "pandas", "pulumi", "pulumi_aws", "pyarrow", "pyiceberg"}


@pytest.fixture(autouse=True)
def _one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "today", lambda: TODAY)
    monkeypatch.setattr(graphs, "load", lambda environment: (graph_of(environment), False))


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(commands.app, arguments, catch_exceptions=False, standalone_mode=False)


def test_json_is_all_that_is_printed() -> None:
    found = json.loads(_run("estimate", "--env", "dev", "--json").stdout)
    assert Decimal(str(found["total_monthly_usd"])) == estimate_of("dev").total_usd


def test_tables_show_the_total_and_how_old_prices_are() -> None:
    said = _run("estimate", "--env", "dev").stdout
    assert f"Total: {estimate_of('dev').total_usd:,.2f} (" in said
    assert "Prices: snapshot of 2026-11-23, 1 days old." in said
    assert "cloudwatch.composite_alarms (secondary)" in said


def test_explain_shows_formula_inputs_and_source() -> None:
    said = _run("estimate", "--env", "dev", "--explain", "elasticache.node").stdout
    assert "cache-group.numCacheClusters × hours a month = 730 node-hour: 730 at 0.0128" in said
    assert "cache-group.numCacheClusters = 1 nodes (graph)" in said
    assert "elasticache.node.valkey.t4g.micro in us-east-1:" in said


def test_explaining_what_is_no_line_is_an_error() -> None:
    with pytest.raises(CostError, match="--explain 'gold': no line has it"):
        _run("estimate", "--env", "dev", "--explain", "gold")


def test_files_are_written(tmp_path: Path) -> None:
    lines, page = tmp_path / "lines.csv", tmp_path / "page.html"
    _run("estimate", "--env", "dev", "--json", "--csv", str(lines), "--html", str(page))
    with lines.open() as file:
        read = list(csv.DictReader(file))
    assert sum(Decimal(line["monthly_usd"]) for line in read) == estimate_of("dev").total_usd
    assert page.read_text().startswith("<!doctype html>")


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CostError, match="name a file that can be written"):
        _run("estimate", "--env", "dev", "--csv", str(tmp_path))


def test_assumptions_of_another_file_are_used(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text((ROOT / "cost" / "usage" / "dev.yaml").read_text().replace("late:", "latte:", 1))
    with pytest.raises(UsageError, match=r"'sources\.departures\.late': missing"):
        _run("estimate", "--env", "dev", "--usage", str(file))


def test_prices_older_than_the_limit_are_not_believed() -> None:
    with pytest.raises(
        PriceError, match=r"price '.+' in .+: last compared with its source 1 days ago.* at most 0"
    ):
        _run("estimate", "--env", "dev", "--max-price-age", "0")


def test_two_environments_are_compared() -> None:
    assert _run("diff", "--envs", "dev", "staging").stdout.startswith("### Cost: +")


@pytest.mark.parametrize("arguments", [(), ("a..b", "--envs", "dev", "prod")], ids=["nothing", "two ways"])
def test_a_comparison_needs_two_things_in_one_way(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CostError, match=r"expected one of A\.\.B, --registries A B and --envs A B"):
        _run("diff", *arguments)


def test_prices_are_shown_with_age_and_confidence() -> None:
    said = _run("prices", "show", "kms.key").stdout
    assert "2026-11-23" in said
    assert "days old" in said
    assert "sourced" in said


def test_an_estimate_loads_neither_pulumi_nor_an_engine() -> None:
    """It is what keeps it within two seconds."""
    code = (
        "import sys; from cost import commands, graphs; "
        f"graphs.fingerprint = lambda _: {graph_of('prod').fingerprint!r}; "
        "sys.argv = ['cost', 'estimate', '--env', 'prod', '--json']\n"
        "try:\n commands.main()\nfinally:\n "
        "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stderr.split()) & HEAVY == set()


def test_an_error_is_one_line_and_an_exit_code() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cost", "estimate", "--env", "prod", "--usage", "nowhere.yaml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("UsageError: usage nowhere.yaml: ")
    assert done.stdout == ""
