"""An export says in Terraform's terms what the program declares, all of it and nothing else."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.local import graph
from infra.terraform import export, provider_facts, schema
from infra.terraform.document import Configuration, configuration
from infra.terraform.errors import ExportError
from infra.terraform.recorder import Recorder
from infra.terraform.values import REFERENCE
from tests.infra.graphs import ENVIRONMENTS, PEOPLE, READINESS, ROOT, declare, program

_ACCOUNT = "123456789012"


@cache
def _exported(environment: str) -> Configuration:
    return export.read(ROOT, environment, program)


@pytest.fixture
def exported(environment: str) -> Configuration:
    """The export of an environment."""
    return _exported(environment)


def _value(reference: str) -> str:
    """What AWS might put in the place of a reference."""
    address, _, attribute = reference[2:-1].rpartition(".")
    if attribute.endswith("arn"):
        return f"arn:aws:service:us-east-1:{_ACCOUNT}:{address}/x"
    return _ACCOUNT if attribute == "account_id" else f"{address}.{attribute}"


def _filled(value: Any) -> Any:
    """Values in the places of references."""
    return json.loads(REFERENCE.sub(lambda match: _value(match[0]), json.dumps(value)))


class _Knowing(Recorder):
    """Knows what AWS will answer."""

    def create(self, *args: Any) -> tuple[str, dict[str, Any]]:
        made, outputs = super().create(*args)
        return _value(made), {
            key: _value(value) if REFERENCE.fullmatch(str(value)) else value for key, value in outputs.items()
        }

    def call(self, *args: Any) -> dict[str, Any]:
        return {
            key: _value(value) if REFERENCE.fullmatch(str(value)) else value
            for key, value in super().call(*args).items()
        }


def _without_order(content: dict[str, Any]) -> dict[str, Any]:
    for named in content["resource"].values():
        for body in named.values():
            body.pop("depends_on", None)
    return content


def test_every_resource_of_the_program_is_exported(exported: Configuration, environment: str) -> None:
    written = [f"{kind}.{name}" for kind, named in exported.content["resource"].items() for name in named]
    resources = declare(environment).graph.resources.values()
    expected = [each for each in resources if each.custom and each.parent]
    assert len(written) == len(expected)
    assert sorted(exported.types.values()) == sorted(each.type for each in expected)


def test_what_prod_may_choose_beside_can_be_exported() -> None:
    config = graph.read_config(ROOT, "prod")
    config |= {f"headwater:{key}": value for key, value in (*PEOPLE, *READINESS)}
    kinds = export.of_config(config, "prod", program).content["resource"]
    assert {"aws_apigatewayv2_stage", "aws_lakeformation_permissions", "aws_sagemaker_feature_group"} <= set(
        kinds
    )


def test_the_one_endpoint_of_a_serverless_cache_is_taken_apart() -> None:
    config = graph.read_config(ROOT, "prod")
    config |= {
        "headwater:recoveryRegion": "",
        "headwater:cacheKind": "serverless",
        "headwater:cacheShards": "0",
        "headwater:cacheReplicas": "0",
    }
    url = export.of_config(config, "prod", program).content["output"]["redis_url"]["value"]
    assert "@${aws_elasticache_serverless_cache.cache-serverless.endpoint[0].address}:6379" in url


def test_references_filled_in_are_what_the_program_makes_of_known_values(environment: str) -> None:
    """Whatever the program does with an output, it may do with a reference: nothing takes one apart."""
    recorder = _Knowing(schema.load())
    config = graph.read_config(ROOT, environment)
    known = graph.run(program, config, environment=environment, create=recorder.create, call=recorder.call)
    expected = configuration(known, recorder.lookups, schema.load()).content
    assert _without_order(_filled(_exported(environment).content)) == _without_order(expected)


def test_what_holds_data_in_prod_cannot_be_destroyed() -> None:
    resources = _exported("prod").content["resource"]
    kept = {
        kind
        for kind, named in resources.items()
        for body in named.values()
        if "prevent_destroy" in body.get("lifecycle", {})
    }
    assert {"aws_dynamodb_table", "aws_kinesis_stream", "aws_kms_key", "aws_s3_bucket"} <= kept


def test_what_scaling_changes_is_not_set_back() -> None:
    for warm in _exported("prod").content["resource"]["aws_lambda_provisioned_concurrency_config"].values():
        assert warm["lifecycle"] == {"ignore_changes": ["provisioned_concurrent_executions"]}


def test_the_tags_of_everything_are_the_providers(exported: Configuration, environment: str) -> None:
    for provider in exported.content["provider"]["aws"]:
        assert provider["default_tags"] == [
            {"tags": {"project": "headwater", "environment": environment, "owner": "ml-platform"}}
        ]


def test_what_is_in_another_region_has_its_provider() -> None:
    content = _exported("prod").content
    assert [each.get("alias") for each in content["provider"]["aws"]] == [None, "us-west-2", "us-east-2"]
    resources = content["resource"]
    assert resources["aws_dynamodb_table_replica"]["recovery-table"]["provider"] == "aws.us-west-2"
    assert "provider" not in resources["aws_elasticache_global_replication_group"]["recovery-datastore"]
    assert resources["aws_backup_vault"]["backups-away-vault"]["provider"] == "aws.us-east-2"


def test_a_strong_table_is_refused_by_name_because_the_provider_is_too_old() -> None:
    config = graph.read_config(ROOT, "prod")
    config |= {"headwater:recoveryTable": "strong", "headwater:recoveryWitnessRegion": "us-east-2"}
    with pytest.raises(ExportError, match="online-table"):
        export.of_config(config, "prod", program)


def test_the_stacks_outputs_are_the_exports(exported: Configuration, environment: str) -> None:
    assert set(exported.content["output"]) == set(declare(environment).graph.outputs)


def test_the_facts_know_every_type_that_the_sources_name() -> None:
    resources, functions = provider_facts.tokens(ROOT)
    known = schema.load()
    assert (resources, functions) == (sorted(known.resources), sorted(known.data))


def test_every_environment_declares_only_types_that_the_sources_name(environment: str) -> None:
    """Else the facts would miss one."""
    resources, _ = provider_facts.tokens(ROOT)
    made = declare(environment).graph.resources.values()
    used = {each.type for each in made if each.custom and each.parent}
    assert used - set(resources) == set()


def _of(declare: Any) -> Configuration:
    """Export of a program of a test's own."""
    return export.of_config({}, "test", declare)


def _provider(region: str) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(provider=aws.Provider(region, region=region))


def test_a_second_region_is_a_provider_with_its_name() -> None:
    def declare() -> None:
        aws.sqs.Queue("here", opts=_provider("us-east-1"))
        aws.sqs.Queue("there", opts=_provider("eu-west-1"))

    found = _of(declare).content
    assert [each.get("alias") for each in found["provider"]["aws"]] == [None, "eu-west-1"]
    queues = found["resource"]["aws_sqs_queue"]
    assert [queues[name].get("provider") for name in ("here", "there")] == [None, "aws.eu-west-1"]


def test_a_resource_waits_for_what_it_names_and_for_what_it_was_told_to() -> None:
    def declare() -> None:
        options = _provider("us-east-1")
        queue = aws.sqs.Queue("queue", opts=options)
        topic = aws.sns.Topic("topic", opts=options)
        told = pulumi.ResourceOptions(provider=options.provider, depends_on=[topic])
        aws.sqs.Queue("letters", redrive_policy=pulumi.Output.json_dumps({"arn": queue.arn}), opts=told)

    letters = _of(declare).content["resource"]["aws_sqs_queue"]["letters"]
    assert json.loads(letters["redrive_policy"]) == {"arn": "${aws_sqs_queue.queue.arn}"}
    assert letters["depends_on"] == ["aws_sns_topic.topic"]


def test_what_looks_like_a_template_stays_text() -> None:
    def declare() -> None:
        aws.sns.Topic("topic", display_name="${aws:username} %{if} ${x}", opts=_provider("us-east-1"))

    [topic] = _of(declare).content["resource"]["aws_sns_topic"].values()
    assert topic["display_name"] == "$${aws:username} %%{if} $${x}"


def test_a_type_that_the_facts_do_not_know_is_refused_by_name() -> None:
    def declare() -> None:
        aws.mq.Broker(
            "broker",
            engine_type="ActiveMQ",
            engine_version="5",
            host_instance_type="x",
            users=[],
            opts=_provider("us-east-1"),
        )

    with pytest.raises(ExportError, match="aws:mq/broker:Broker"):
        _of(declare)


def test_a_property_that_the_provider_lacks_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    known = schema.load().resources["aws:sqs/queue:Queue"]
    less = {name: kind for name, kind in known.block.attributes.items() if name != "delay_seconds"}
    older = schema.Kind(known.type, schema.Block(less, known.block.blocks))
    monkeypatch.setitem(schema.load().resources, "aws:sqs/queue:Queue", older)

    def declare() -> None:
        aws.sqs.Queue("queue", delay_seconds=5, opts=_provider("us-east-1"))

    with pytest.raises(
        ExportError, match=re.escape("aws:sqs/queue:Queue 'queue': the provider has no 'delay_seconds'")
    ):
        _of(declare)


def test_an_output_that_the_provider_lacks_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    known = schema.load().resources["aws:sqs/queue:Queue"]
    less = {name: kind for name, kind in known.block.attributes.items() if name != "url"}
    older = schema.Kind(known.type, schema.Block(less, known.block.blocks))
    monkeypatch.setitem(schema.load().resources, "aws:sqs/queue:Queue", older)

    def declare() -> None:
        options = _provider("us-east-1")
        queue = aws.sqs.Queue("queue", opts=options)
        aws.sns.Topic("topic", display_name=queue.url, opts=options)

    with pytest.raises(ExportError, match=r"aws_sns_topic\.topic: uses aws_sqs_queue-queue-url"):
        _of(declare)


def _interfaces(of: Any) -> None:
    """A rule for the interfaces of an endpoint, which are only known when it is made."""
    options = _provider("us-east-1")
    endpoint = aws.ec2.VpcEndpoint("endpoint", vpc_id="vpc-1", service_name="s3", opts=options)
    aws.ec2.VpcEndpoint(
        "other",
        vpc_id="vpc-1",
        service_name="s3",
        subnet_ids=of(endpoint.network_interface_ids),
        opts=options,
    )


def test_a_list_that_is_not_known_yet_is_passed_on_whole() -> None:
    found = _of(lambda: _interfaces(lambda ids: ids)).content["resource"]["aws_vpc_endpoint"]["other"]
    assert found["subnet_ids"] == "${aws_vpc_endpoint.endpoint.network_interface_ids}"


def test_an_element_of_a_list_that_is_not_known_yet_is_refused() -> None:
    with pytest.raises(ExportError, match="takes a list apart"):
        _of(lambda: _interfaces(lambda ids: [ids[0], "subnet-1"]))


def _plan(options: pulumi.ResourceOptions) -> aws.arcregionswitch.Plan:
    return aws.arcregionswitch.Plan(
        "plan",
        name="plan",
        execution_role="arn:aws:iam::123456789012:role/plan",
        recovery_approach="activePassive",
        regions=["us-east-1", "us-west-2"],
        workflows=[],
        opts=options,
    )


def test_a_type_that_the_provider_is_too_old_for_is_left_out_and_said_to_be() -> None:
    def declare() -> None:
        options = _provider("us-east-1")
        _plan(options)
        aws.sqs.Queue("queue", opts=options)

    found = _of(declare)
    assert list(found.content["resource"]) == ["aws_sqs_queue"]
    assert found.left_out == {
        "aws:arcregionswitch/plan:Plan plan": "Region switch came to the provider with release 6"
    }


def test_what_a_type_that_is_left_out_puts_out_cannot_be_used() -> None:
    def declare() -> None:
        options = _provider("us-east-1")
        aws.sns.Topic("topic", display_name=_plan(options).arn, opts=options)

    with pytest.raises(
        ExportError, match=r"aws_sns_topic\.topic: uses plan-arn, an output that the provider"
    ):
        _of(declare)


def test_a_record_proves_a_certificate_by_the_only_element_of_a_set() -> None:
    def declare() -> None:
        options = _provider("us-east-1")
        made = aws.acm.Certificate("mine", domain_name="a.example.com", validation_method="DNS", opts=options)
        asked = made.domain_validation_options[0]
        aws.route53.Record(
            "proof",
            zone_id="Z1",
            name=asked.resource_record_name.apply(str),
            type="CNAME",
            records=["x"],
            ttl=300,
            opts=options,
        )

    record = _of(declare).content["resource"]["aws_route53_record"]["proof"]
    assert record["name"] == "${one(aws_acm_certificate.mine.domain_validation_options).resource_record_name}"
    assert "depends_on" not in record


def test_what_the_provider_puts_into_a_given_block_can_be_used() -> None:
    def declare() -> None:
        options = _provider("us-east-1")
        made = aws.apigatewayv2.DomainName(
            "mine",
            domain_name="a.example.com",
            domain_name_configuration={
                "certificate_arn": "arn",
                "endpoint_type": "REGIONAL",
                "security_policy": "TLS_1_2",
            },
            opts=options,
        )
        aws.sns.Topic(
            "topic", display_name=made.domain_name_configuration.target_domain_name.apply(str), opts=options
        )

    found = _of(declare).content["resource"]
    [given] = found["aws_apigatewayv2_domain_name"]["mine"]["domain_name_configuration"]
    assert set(given) == {"certificate_arn", "endpoint_type", "security_policy"}
    assert found["aws_sns_topic"]["topic"]["display_name"] == (
        "${aws_apigatewayv2_domain_name.mine.domain_name_configuration[0].target_domain_name}"
    )


def test_what_is_looked_up_is_data() -> None:
    def declare() -> None:
        provider = aws.Provider("one", region="us-east-1")
        looked = pulumi.InvokeOptions(provider=provider)
        subnets = aws.ec2.get_subnets_output(filters=[{"name": "vpc-id", "values": ["vpc-1"]}], opts=looked)
        aws.ec2.VpcEndpoint(
            "endpoint",
            vpc_id="vpc-1",
            service_name="s3",
            subnet_ids=subnets.ids,
            opts=pulumi.ResourceOptions(provider=provider),
        )

    shape = schema.Block(
        {"ids": ["list", "string"]}, {"filter": schema.Block({"name": "string", "values": ["set", "string"]})}
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(
            schema.load().data, "aws:ec2/getSubnets:getSubnets", schema.Kind("aws_subnets", shape)
        )
        found = _of(declare).content
    [(name, data)] = found["data"]["aws_subnets"].items()
    assert data == {"filter": [{"name": "vpc-id", "values": ["vpc-1"]}]}
    assert (
        found["resource"]["aws_vpc_endpoint"]["endpoint"]["subnet_ids"] == f"${{data.aws_subnets.{name}.ids}}"
    )


def test_two_names_that_are_one_in_terraform_are_refused() -> None:
    def declare() -> None:
        options = _provider("us-east-1")
        aws.sqs.Queue("a.b", opts=options)
        aws.sqs.Queue("a_b", opts=options)

    with pytest.raises(ExportError, match=r"aws_sqs_queue\.a_b"):
        _of(declare)


def test_two_providers_of_a_region_that_differ_are_refused() -> None:
    def declare() -> None:
        aws.Provider("one", region="us-east-1")
        aws.Provider("other", region="us-east-1", default_tags={"tags": {"a": "b"}})

    with pytest.raises(ExportError, match="other settings"):
        _of(declare)


def test_files_are_written_beside_the_configuration(tmp_path: Path) -> None:
    source = tmp_path / "registry.json"
    source.write_text("{}")

    def declare() -> None:
        aws.s3.BucketObjectv2(
            "registry", bucket="b", key="k", source=pulumi.FileAsset(str(source)), opts=_provider("us-east-1")
        )

    file = export.write(_of(declare), tmp_path / "out")
    [written] = json.loads(file.read_text())["resource"]["aws_s3_object"].values()
    assert written["source"] == "${path.module}/files/registry.json"
    assert written["source_hash"] == '${filemd5("${path.module}/files/registry.json")}'
    assert (tmp_path / "out" / "files" / "registry.json").read_text() == "{}"


def test_an_export_whose_files_are_not_built_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=re.escape("nowhere.zip")):
        export.write(_exported(ENVIRONMENTS[0]), tmp_path)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = _exported(ENVIRONMENTS[0])._replace(files={})
    with pytest.raises(ExportError, match=r"file/out: .*; name a folder that can be written"):
        export.write(found, tmp_path / "file" / "out")
