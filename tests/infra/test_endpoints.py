"""What the Pulumi CLI deploys to: AWS, or an emulator that every service of every provider is asked at."""

import json
import runpy
import sys
from typing import Any

import pulumi
import pytest

from headwater.errors import SettingsError
from infra.local import graph
from infra.local.graph import PROVIDER, Graph
from infra.stacks import configuration, endpoints
from infra.stacks.configuration import EnvironmentConfig
from tests.infra.graphs import PEOPLE, ROOT, Declared, declare, program

_EMULATOR = "http://127.0.0.1:4566"


def _config(environment: str, **changes: str) -> EnvironmentConfig:
    config = graph.read_config(ROOT, environment)
    return configuration.parse({key.partition(":")[2]: value for key, value in config.items()} | changes)


def _nothing(_token: str, name: str, _region: str, _inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return name, {"arn": f"arn:aws:x:y:z:{name}", "url": f"https://{name}", "functionUrl": f"https://{name}"}


def _enter() -> None:
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def _run_entry_point(environment: str) -> None:
    graph.run(
        _enter,
        graph.read_config(ROOT, environment),
        environment=environment,
        create=_nothing,
        call=lambda _token, _region, _arguments: {},
    )


@pytest.fixture(scope="module")
def asked() -> list[str]:
    """Regions in which the provider was asked to look something up."""
    return []


@pytest.fixture(scope="module")
def emulated(asked: list[str]) -> Graph:
    """The local environment for an emulator."""

    def look_up(_token: str, region: str, _arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(region)
        return {"accountId": "123456789012"}

    return graph.run(
        lambda: program(endpoint=_EMULATOR),
        graph.read_config(ROOT, "local"),
        environment="local",
        create=_nothing,
        call=look_up,
    )


def test_every_provider_asks_the_emulator_for_every_service(emulated: Graph) -> None:
    providers = [each for each in emulated.resources.values() if each.type == PROVIDER]
    assert providers
    for provider in providers:
        [found] = json.loads(provider.inputs["endpoints"])
        assert set(found) == {name.rstrip("_") for name in endpoints.services()}
        assert set(found.values()) == {_EMULATOR}


def test_a_provider_of_an_emulator_has_made_up_credentials_and_asks_nothing_of_aws(emulated: Graph) -> None:
    [provider] = [each for each in emulated.resources.values() if each.type == PROVIDER]
    assert (provider.inputs["accessKey"], provider.inputs["secretKey"]) == ("test", "test")
    assert provider.inputs["skipCredentialsValidation"] == "true"
    assert provider.inputs["skipMetadataApiCheck"] == "true"
    assert provider.inputs["s3UsePathStyle"] == "true"


def test_the_endpoint_is_put_out_for_those_who_ask_the_environment(emulated: Graph) -> None:
    assert emulated.outputs["endpoint_url"] == _EMULATOR


def test_on_aws_the_provider_has_no_endpoint_and_finds_credentials_itself(declared: Declared) -> None:
    assert "endpoint_url" not in declared.graph.outputs
    assert not {"endpoints", "accessKey", "secretKey", "s3UsePathStyle"} & set(declared.one("aws").inputs)


@pytest.mark.parametrize("changes", [frozenset(), PEOPLE], ids=["committed", "with people"])
def test_every_resource_names_a_provider_of_ours(
    environment: str, changes: frozenset[tuple[str, str]]
) -> None:
    """One that named none would get Pulumi's own, which asks AWS whatever the configuration says."""
    resources = declare(environment, changes).graph.resources.values()
    ours = {each.name for each in resources if each.type == PROVIDER}
    made = [each for each in resources if each.custom and each.type != PROVIDER]
    assert [each.urn for each in made if each.provider not in ours] == []


@pytest.mark.usefixtures("emulated")
def test_every_lookup_names_a_provider_of_ours(asked: list[str]) -> None:
    assert set(asked) == {"us-east-1"}


def test_no_service_is_given_by_two_names() -> None:
    known = set(endpoints.services())
    assert {"s3", "logs", "events", "lambda_", "sfn", "firehose", "scheduler"} <= known
    assert not known & {"s3api", "cloudwatchlogs", "eventbridge", "stepfunctions"}


def test_an_environment_on_aws_refuses_the_variable_that_would_lead_elsewhere() -> None:
    assert endpoints.chosen(_config("prod"), {}) is None
    with pytest.raises(SettingsError, match=r"AWS_ENDPOINT_URL: found http://127\.0\.0\.1:4566.*unset it"):
        endpoints.chosen(_config("prod"), {"AWS_ENDPOINT_URL": _EMULATOR})


def test_pulumi_shows_what_is_wrong_by_its_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the CLI runs the program: by its entry point, with the variables of the process."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", _EMULATOR)
    with pytest.raises(pulumi.RunError, match="environment 'prod' is on AWS; unset it"):
        _run_entry_point("prod")


def test_pulumi_says_how_to_set_up_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "infra.stacks.program", None)
    with pytest.raises(pulumi.RunError, match="run `make setup`"):
        _run_entry_point("prod")


def test_an_environment_in_an_emulator_may_be_led_to_another_one() -> None:
    assert endpoints.chosen(_config("local"), {}) == _EMULATOR
    assert (
        endpoints.chosen(_config("local"), {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}) == "http://127.0.0.1:1"
    )


def test_any_environment_that_protects_nothing_can_be_put_into_an_emulator() -> None:
    assert endpoints.chosen(_config("dev", endpoint=_EMULATOR), {}) == _EMULATOR
