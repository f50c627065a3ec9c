"""When a conformance run has passed."""

from typing import Any

import pytest

from infra.terraform import conformance
from infra.terraform.conformance import Report
from infra.terraform.judge import Verdict


def _report(*, validated: int = 2, planned: int = 2, error: str = "", **errors: Any) -> Report:
    verdict = Verdict(resources=2, validated=validated, planned=planned, errors=[error] if error else [])
    return Report(provider="p", environments={"prod": verdict}, **errors)


def test_it_passes_when_everything_was_judged_and_nothing_is_wrong() -> None:
    assert _report().passed


@pytest.mark.parametrize(
    "report",
    [
        _report(validated=1),
        _report(planned=1),
        _report(error="wrong"),
        _report(apply_errors=["wrong"]),
        _report(change_errors=["wrong"]),
    ],
    ids=["not validated", "not planned", "an error", "an error of the apply", "a fault of a change"],
)
def test_it_fails_when_anything_is_missing_or_wrong(report: Report) -> None:
    assert not report.passed


def test_without_terraform_it_says_so_and_judges_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(conformance, "installed", lambda: False)
    assert conformance.main() == 0
    assert "install Terraform" in " ".join(capsys.readouterr().out.split())
