"""The runner creates what it has a handler for, lists what is not emulated, and refuses the rest."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from headwater.errors import LocalCloudError, NotSupportedLocallyError, SettingsError
from infra.local import graph
from infra.local.runner import Runner

CONFIG = {"headwater:region": "eu-west-1"}


def _run(program: Callable[[], None], **changes: Any) -> graph.Graph:
    created: list[tuple[str, str]] = []
    runner = Runner("http://127.0.0.1:9", lambda token, name: created.append((token, name)))
    calls: dict[str, Any] = {"create": runner.create, "call": runner.call, **changes}
    return graph.run(program, CONFIG, environment="local", **calls)


def _echo(token: str, name: str, region: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return f"{name}-id", {"arn": f"arn:{token}:{region}:{inputs.get('name')}"}


def _voice() -> None:
    aws.chime.VoiceConnector("team", require_encryption=True)


def _topic() -> None:
    aws.sns.Topic("topic", name="topic", kms_master_key_id="key")


def test_a_type_without_a_handler_is_an_error_that_names_it() -> None:
    with pytest.raises(
        NotSupportedLocallyError, match=r"'team' of type aws:chime/voiceConnector:VoiceConnector"
    ):
        _run(_voice)


def test_a_run_after_a_failed_one_is_a_clean_start() -> None:
    with pytest.raises(NotSupportedLocallyError):
        _run(_voice)
    found = _run(_topic, create=_echo)
    assert [resource.name for resource in found.resources.values()] == ["topic"]


def test_what_is_not_emulated_is_recorded_and_not_created() -> None:
    def program() -> None:
        aws.appautoscaling.Target(
            "range",
            service_namespace="lambda",
            resource_id="function:f:live",
            scalable_dimension="lambda:function:ProvisionedConcurrency",
            min_capacity=1,
            max_capacity=2,
        )

    [resource] = _run(program).resources.values()
    assert resource.id == "not-emulated-range"


def test_a_name_declared_twice_is_an_error() -> None:
    def program() -> None:
        aws.sns.Topic("same", name="one")
        aws.sns.Topic("same", name="two")

    with pytest.raises(LocalCloudError, match="declared twice"):
        _run(program, create=_echo)


def test_what_is_raised_while_a_value_is_made_is_what_the_run_raises() -> None:
    def refuse(arn: str) -> str:
        raise LocalCloudError(f"refused: {arn}")

    def program() -> None:
        topic = aws.sns.Topic("topic", name="topic")
        aws.sns.Topic("other", name=topic.arn.apply(refuse))

    with pytest.raises(LocalCloudError, match="refused: arn:aws:sns"):
        _run(program, create=_echo)


def test_resources_and_dependencies_are_in_an_order_that_is_not_chance() -> None:
    first_is_made = threading.Event()

    def create(token: str, name: str, region: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        # The one that is declared first is registered, and made, last but for those that wait for it.
        if name == "m":
            assert first_is_made.wait(10)
        else:
            first_is_made.set()
        return _echo(token, name, region, inputs)

    def program() -> None:
        slow = aws.sns.Topic("m", name="m")
        waits = aws.sns.Topic("z", name="z", display_name=slow.arn)
        aws.sns.Topic("a", name="a")
        aws.sns.Topic("last", name=pulumi.Output.concat(slow.arn, waits.arn))

    found = list(_run(program, create=create).resources.values())
    assert [each.name for each in found] == ["m", "z", "a", "last"]
    assert [urn.rpartition("::")[2] for urn in found[-1].dependencies] == ["m", "z"]


def test_the_graph_knows_regions_parents_secrets_and_outputs() -> None:
    class Pair(pulumi.ComponentResource):
        def __init__(self, provider: aws.Provider) -> None:
            super().__init__("test:module:Pair", "pair", None, pulumi.ResourceOptions(provider=provider))
            self.topic = aws.sns.Topic(
                "topic", name=pulumi.Output.secret("quiet"), opts=pulumi.ResourceOptions(parent=self)
            )
            self.register_outputs({})

    def program() -> None:
        provider = aws.Provider("west", region=pulumi.Config("headwater").require("region"))
        pulumi.export("topic", Pair(provider).topic.arn)

    found = _run(program, create=_echo)
    topic = next(resource for resource in found.resources.values() if resource.name == "topic")
    assert topic.region == "eu-west-1"
    assert found.resources[topic.parent].name == "pair"
    assert topic.inputs["name"] == "quiet"
    assert found.outputs == {"topic": "arn:aws:sns/topic:Topic:eu-west-1:quiet"}


def test_an_unknown_provider_function_is_an_error_that_names_it() -> None:
    with pytest.raises(NotSupportedLocallyError, match="getAvailabilityZones"):
        _run(lambda: pulumi.export("zones", aws.get_availability_zones_output().names), create=_echo)


def test_an_emulator_that_is_gone_is_named_with_the_resource() -> None:
    with pytest.raises(
        LocalCloudError, match="'topic' of type aws:sns/topic:Topic: the local cloud refused it"
    ):
        _run(_topic)


def test_configuration_is_read_as_pulumi_hands_it_over(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  headwater:tls: true\n  headwater:shards: 3\n")
    assert graph.read_config(tmp_path, "dev") == {"headwater:tls": "true", "headwater:shards": "3"}


@pytest.mark.parametrize("content", ["", "config:\n", "[1, 2]"])
def test_a_file_without_configuration_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text(content)
    with pytest.raises(SettingsError, match="expected a mapping"):
        graph.read_config(tmp_path, "dev")


@pytest.mark.parametrize("environment", ["test", "../etc", "", "Dev"])
def test_an_environment_without_a_file_is_refused(tmp_path: Path, environment: str) -> None:
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    with pytest.raises(SettingsError, match="choose one of dev"):
        graph.read_config(tmp_path, environment)
