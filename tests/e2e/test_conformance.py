"""The real AWS provider of Terraform judges exports. Where there is no terraform, these are skipped and say so."""

from pathlib import Path

import pytest

from infra.local import graph
from infra.stacks.program import program
from infra.terraform import export, judge, provider_facts, schema
from infra.terraform.document import Configuration
from infra.terraform.terraform import HOW_TO_INSTALL, Terraform, installed
from tests.infra.graphs import READINESS

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not installed(), reason=f"there is no terraform on this machine; {HOW_TO_INSTALL}"),
]


@pytest.fixture(scope="module")
def exported() -> Configuration:
    """The export of the local environment."""
    return export.read(ROOT, "local", program)


def test_the_provider_finds_an_environment_well_formed(exported: Configuration, tmp_path: Path) -> None:
    verdict = judge.validate(exported, tmp_path)
    assert verdict.errors == []
    assert verdict.validated == verdict.resources == len(exported.types)


def test_the_provider_finds_everything_that_two_regions_may_have_well_formed(tmp_path: Path) -> None:
    config = graph.read_config(ROOT, "prod")
    config |= {f"headwater:{key}": value for key, value in READINESS}
    found = export.of_config(config, "prod", program)
    verdict = judge.validate(found, tmp_path)
    assert verdict.errors == []
    assert verdict.validated == verdict.resources == len(found.types)
    assert list(verdict.beyond_provider) == ["aws:arcregionswitch/plan:Plan switch-plan"]


def test_the_provider_refuses_what_no_recording_would_notice(exported: Configuration, tmp_path: Path) -> None:
    functions = exported.content["resource"]["aws_lambda_function"]
    name, body = next(iter(functions.items()))
    planted = {
        **exported.content["resource"],
        "aws_lambda_function": {name: {**body, "runtime": "python9.9"}},
    }
    wrong = exported._replace(content={**exported.content, "resource": planted})
    verdict = judge.validate(wrong, tmp_path)
    assert verdict.validated == 0
    assert any("runtime" in error for error in verdict.errors)


def test_the_facts_are_what_the_provider_says() -> None:
    """When they are not: ``python -m infra.terraform.provider_facts``."""
    with Terraform.for_schema() as terraform:
        found = provider_facts.collect(ROOT, terraform)
    if found.version != schema.load().version:
        pytest.skip(f"the facts are of {schema.load().version}, terraform has {found.version}")
    assert provider_facts.encode(found) == schema.FILE.read_bytes()
