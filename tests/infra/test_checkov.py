"""Checkov looks at every environment: what it finds is mended, or left as it is for a reason that still holds."""

from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from infra.local import graph
from infra.policy.suppressions import SUPPRESSIONS, Suppression
from infra.terraform import checkov, export
from infra.terraform.checkov import Report
from infra.terraform.errors import ExportError
from tests.infra.graphs import ENVIRONMENTS, PEOPLE, READINESS, ROOT, program

pytestmark = pytest.mark.slow

_PLANTED: dict[str, Any] = {
    "resource": {
        "aws_sqs_queue": {"planted-queue": {"name": "q"}},
        "aws_db_instance": {"planted-database": {"publicly_accessible": True}},
        "aws_iam_role_policy": {
            "planted-policy": {
                "role": "r",
                "policy": '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
            }
        },
    }
}
_FOUND = {
    ("CKV_AWS_27", "planted-queue"),
    ("CKV_AWS_17", "planted-database"),
    ("CKV2_AWS_40", "planted-policy"),
}


@pytest.fixture(scope="module", autouse=True)
def _installed(engine_missing: Callable[[str, str], NoReturn]) -> None:
    if not (ROOT / checkov.BINARY).exists():
        engine_missing(
            "Checkov", "its environment .checkov is not there; `make .checkov/.installed` makes it"
        )


@pytest.fixture(scope="module")
def report() -> Report:
    """On all environments, and on one that has faults."""
    contents = {name: export.read(ROOT, name, program).content for name in ENVIRONMENTS}
    return checkov.judge({**contents, "planted": _PLANTED}, ROOT)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_that_is_found_in_an_environment_goes_without_a_reason(
    report: Report, environment: str
) -> None:
    assert report.environments[environment].failed == []


def test_nothing_that_prod_may_choose_beside_is_found_without_a_reason() -> None:
    config = graph.read_config(ROOT, "prod")
    config |= {f"headwater:{key}": value for key, value in (*PEOPLE, *READINESS)}
    found = export.of_config(config, "prod", program)
    assert checkov.judge({"prod": found.content}, ROOT).environments["prod"].failed == []


def test_no_suppression_is_kept_of_what_nobody_may_choose() -> None:
    config = graph.read_config(ROOT, "prod")
    config |= {f"headwater:{key}": value for key, value in (*PEOPLE, *READINESS)}
    found = export.of_config(config, "prod", program)
    chosen = [each._replace(chosen=False) for each in SUPPRESSIONS if each.chosen]
    assert checkov.judge({"prod": found.content}, ROOT, chosen).idle == []


def test_checkov_reads_the_export_of_every_environment(report: Report) -> None:
    """One that it does not read has no findings either."""
    assert all(report.environments[name].passed > 200 for name in ENVIRONMENTS)


def test_no_suppression_is_kept_that_suppresses_nothing(report: Report) -> None:
    assert report.idle == []


def test_a_planted_fault_is_found(report: Report) -> None:
    failed = {(each.check, each.resource) for each in report.environments["planted"].failed}
    assert failed >= _FOUND


def test_a_suppression_of_what_is_not_found_is_idle_and_one_of_what_is_found_is_not() -> None:
    suppressions = [
        Suppression("CKV_AWS_27", ("planted-*", "gone-*"), "a reason"),
        Suppression("CKV_AWS_17", ("planted-database",), "a reason", ("planted", "prod")),
    ]
    report = checkov.judge({"planted": _PLANTED}, ROOT, suppressions)
    assert report.idle == ["CKV_AWS_27 of gone-*", "CKV_AWS_17 of planted-database in prod"]
    [suppressed] = {(each.check, each.reason) for each in report.environments["planted"].suppressed} - {
        ("CKV_AWS_17", "a reason")
    }
    assert suppressed == ("CKV_AWS_27", "a reason")


def test_an_environment_that_checkov_passes_over_is_an_error() -> None:
    with pytest.raises(ExportError, match="no check passed in empty"):
        checkov.judge({"planted": _PLANTED, "empty": {"resource": {}}}, ROOT)
