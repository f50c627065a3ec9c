"""A month beside its estimate: sums to the cent, views, remarks, and what the command prints."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from cost.actuals import commands, exports, months, tables
from cost.actuals.charges import UNTAGGED, Bill, Charge
from cost.actuals.comparison import compare, in_cents, showback
from cost.actuals.findings import find
from cost.actuals.months import Month
from cost.errors import BillError
from cost.estimate.groups import SHARED
from cost.estimate.lines import Estimate, Line

_TODAY = date(2026, 11, 24)
_LEAST = (Decimal(10), Decimal(20))


def _charge(component: str, service: str, usd: str, quantity: str = "1") -> Charge:
    return Charge(
        component=component,
        service=service,
        usage_type="Used",
        usd=Decimal(usd),
        quantity=Decimal(quantity),
        unit="units",
    )


def _bill(*charges: Charge, month: str = "2026-10") -> Bill:
    return Bill(
        environment="prod",
        month=months.parse(month, _TODAY),
        source="made up",
        charges=charges,
        apart={"Credit": Decimal(-7)},
        account_apart={"Tax": Decimal(3)},
        account_untagged_usd=Decimal("41.5"),
    )


def _line(component: str, service: str, usd: str, view: str | None = None) -> Line:
    amount = Decimal(usd)
    return Line(
        component=component,
        name="use",
        service=service,
        region="us-east-1",
        view=view,
        price=f"{service}.use",
        quantity=Decimal(1),
        unit="unit",
        monthly_usd=amount,
        low_usd=amount,
        high_usd=amount,
        formula="",
        terms=(),
        source="",
        confidence="sourced",
    )


def _estimate(*lines: Line) -> Estimate:
    return Estimate(
        environment="prod",
        usage="prod.yaml",
        prices="2026-11-23",
        age_days=1,
        measured="",
        lines=lines,
        not_counted=(),
        beyond=(),
    )


class _Reader:
    """Gives bills one after the other."""

    def __init__(self, bills: Sequence[Bill]) -> None:
        self._bills = list(bills)
        self.months: list[str] = []

    def read(self, _environment: str, month: Month) -> Bill:
        self.months.append(str(month))
        return self._bills.pop(0)

    def asked(self) -> str:
        return "nothing"


def test_charges_stand_beside_the_estimate_and_neither_is_left_out() -> None:
    rows = compare(
        _bill(_charge("cache", "elasticache", "30.5"), _charge("new", "ec2", "4")),
        _estimate(_line("cache", "elasticache", "25"), _line("jobs", "glue", "9")),
    )
    assert [(row.component, row.actual_usd, row.estimated_usd, row.difference_usd) for row in rows] == [
        ("cache", Decimal("30.50"), Decimal("25.00"), Decimal("5.50")),
        ("new", Decimal("4.00"), Decimal("0.00"), Decimal("4.00")),
        ("jobs", Decimal("0.00"), Decimal("9.00"), Decimal("-9.00")),
    ]


def test_the_estimate_is_for_as_many_days_as_are_counted() -> None:
    """23 of November's 30 days: 60 × 23 / 30 = 46."""
    [row] = compare(_bill(_charge("a", "s3", "1"), month="2026-11"), _estimate(_line("a", "s3", "60")))
    assert row.estimated_usd == Decimal("46.00")


@given(st.dictionaries(st.text(), st.decimals(min_value=-1000, max_value=1000, places=6), max_size=20))
def test_cents_add_up_to_the_rounded_total(amounts: dict[str, Decimal]) -> None:
    total = sum(amounts.values(), Decimal(0))
    assert sum(in_cents(amounts).values(), Decimal(0)) == total.quantize(Decimal("0.01"))


def test_what_views_share_is_divided_by_what_drives_it() -> None:
    """The estimate gives a 30, b 10 and nobody 10 of 50: of 100 charged they have 60, 20 and 20."""
    shares = showback(
        _bill(_charge("online", "dynamodb", "100"), _charge("watch", "cloudwatch", "5")),
        _estimate(
            _line("online", "dynamodb", "30", "a"),
            _line("online", "dynamodb", "10", "b"),
            _line("online", "dynamodb", "10"),
        ),
    )
    assert [(share.view, share.actual_usd, share.estimated_usd) for share in shares] == [
        ("a", Decimal("60.00"), Decimal("30.00")),
        ("b", Decimal("20.00"), Decimal("10.00")),
        (SHARED, Decimal("25.00"), Decimal("10.00")),
    ]


def test_a_month_is_compared_with_the_one_before() -> None:
    reader = _Reader(
        [_bill(_charge("a", "s3", "100", "100")), _bill(_charge("a", "s3", "10", "10"), month="2026-09")]
    )
    found = commands.findings(reader, "prod", months.parse("2026-10", _TODAY), _estimate(), _LEAST)
    assert reader.months == ["2026-10", "2026-09"]
    assert [each.driver.driver.value for each in found.unusual] == ["use"]


def test_a_month_before_the_tags_is_no_reason_to_call_everything_new() -> None:
    reader = _Reader([_bill(_charge("a", "s3", "100")), _bill(month="2026-09")])
    found = commands.findings(reader, "prod", months.parse("2026-10", _TODAY), _estimate(), _LEAST)
    assert found.unusual == []
    assert any("nothing to compare with" in remark for remark in found.remarks)


def test_a_month_without_the_tag_is_an_error_and_no_zero() -> None:
    with pytest.raises(BillError, match="nothing has the tag environment=prod; a tag counts from the day"):
        commands.findings(_Reader([_bill()]), "prod", months.parse("2026-10", _TODAY), _estimate(), _LEAST)


def test_what_has_no_component_is_remarked() -> None:
    found = find(_bill(_charge(UNTAGGED, "s3", "2.5")), None, _estimate(), *_LEAST)
    assert any(remark.startswith("2.50 USD of the environment have no component") for remark in found.remarks)


def test_json_adds_up_and_says_what_moved() -> None:
    reader = _Reader(
        [
            _bill(_charge("a", "s3", "100.005", "100"), _charge("b", "s3", "0.005")),
            _bill(_charge("a", "s3", "31", "31"), _charge("b", "s3", "0.005"), month="2026-09"),
        ]
    )
    found = commands.findings(reader, "prod", months.parse("2026-10", _TODAY), _estimate(), _LEAST)
    content = json.loads(exports.as_json(found))
    assert content["actual_usd"] == pytest.approx(sum(row["actual_usd"] for row in content["components"]))
    assert content["actual_usd"] == 100.01
    assert content["apart"] == {"environment": {"Credit": -7.0}, "account_without_tag": {"Tax": 3.0}}
    [moved] = content["anomalies"]
    assert (moved["component"], moved["driver"]) == ("a", "use")
    assert {part["driver"] for part in moved["parts"]} == {"days", "use", "price"}


def test_csv_has_a_row_for_each_component_and_service() -> None:
    found = find(_bill(_charge("a", "s3", "1")), None, _estimate(_line("a", "s3", "2")), *_LEAST)
    assert exports.as_csv(found).splitlines() == [
        "environment,month,component,service,actual_usd,estimated_usd",
        "prod,2026-10,a,s3,1.00,2.00",
    ]


def test_the_terminal_shows_totals_what_is_apart_and_the_arithmetic() -> None:
    before = _bill(_charge("a", "s3", "31", "31"), month="2026-09")
    found = find(_bill(_charge("a", "s3", "100", "100")), before, _estimate(), *_LEAST)
    console = Console(width=200, record=True, quiet=False, file=None)
    with console.capture() as captured:
        tables.show(found, console)
    said = captured.get()
    assert "together" in said
    assert "Apart: Credit of prod: -7.00 USD" in said
    assert "a / s3 / Used: 31.00 to 100.00 USD, moved by use" in said
    assert "use: +67.97 USD = (100 - 32.0333) × 1" in said


@pytest.mark.parametrize(
    ("month", "said"),
    [
        ("10-2026", "expected year and month"),
        ("2099-01", "none of its days is over"),
        ("2026-13", "expected year"),
    ],
)
def test_a_month_that_cannot_be_read_is_refused(month: str, said: str) -> None:
    with pytest.raises(BillError, match=said):
        months.parse(month, _TODAY)


def test_the_report_needs_to_know_its_table(tmp_path: Path) -> None:
    app = typer.Typer()
    commands.register(app, lambda _environment, _usage: _estimate())
    arguments = ["--env", "prod", "--month", "2026-10", "--source", "cur", "--csv", str(tmp_path / "x.csv")]
    done = CliRunner().invoke(app, arguments)
    assert isinstance(done.exception, BillError)
    assert "--source cur needs --table and --workgroup" in str(done.exception)
