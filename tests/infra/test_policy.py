"""What no resource may be: each rule finds its fault, and none finds any in an environment of ours."""

import json
from typing import Any

import pytest

from infra.policy.declarations import Declaration
from infra.policy.reasons import ON_EVERYTHING
from infra.policy.rules import RULES, STACK_RULES
from tests.infra.graphs import PEOPLE, READINESS, Declared, declare

_RULES = {rule.name: rule for rule in RULES}
_STACK_RULES = {rule.name: rule for rule in STACK_RULES}
_KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
_LOCAL_MAY = {"encrypted-on-the-way"}
"""The cache of the local cloud is a Redis on this machine, asked through 127.0.0.1."""


def _declarations(declared: Declared) -> list[Declaration]:
    return [
        Declaration(each.type, each.name, {**each.inputs, "id": each.id}, each.protect)
        for each in declared.graph.resources.values()
    ]


def _policy(**statement: Any) -> dict[str, str]:
    return {"policy": json.dumps({"Statement": {"Effect": "Allow", **statement}})}


_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
_TLS_ONLY = {"Effect": "Deny", "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
_FAULTS: list[tuple[str, str, dict[str, Any], str]] = [
    ("encrypted-with-our-key", "aws:kinesis/stream:Stream", {}, "kmsKeyId"),
    ("encrypted-with-our-key", "aws:sqs/queue:Queue", {"kmsMasterKeyId": "alias/aws/sqs"}, "alias/aws/sqs"),
    (
        "encrypted-with-our-key",
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        {"serverSideEncryption": {"keyArn": _KEY}, "extendedS3Configuration": {}},
        "extendedS3Configuration.kmsKeyArn",
    ),
    ("keys-rotate", "aws:kms/key:Key", {}, "enableKeyRotation"),
    (
        "encrypted-on-the-way",
        "aws:elasticache/replicationGroup:ReplicationGroup",
        {"transitEncryptionEnabled": False},
        "transitEncryptionEnabled",
    ),
    (
        "closed-to-the-world",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {"cidrIpv4": "0.0.0.0/0"},
        "0.0.0.0/0",
    ),
    ("encrypted-with-our-key", "aws:backup/vault:Vault", {}, "kmsKeyArn"),
    (
        "closed-to-the-world",
        "aws:apigatewayv2/route:Route",
        {"routeKey": "POST /v1/lookup", "authorizationType": "NONE"},
        "POST /v1/lookup",
    ),
    (
        "closed-to-the-world",
        "aws:ec2/securityGroup:SecurityGroup",
        {"ingress": [{"cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}]},
        "ingress.cidrBlocks",
    ),
    ("closed-to-the-world", "aws:ec2/subnet:Subnet", {"mapPublicIpOnLaunch": True}, "mapPublicIpOnLaunch"),
    (
        "closed-to-the-world",
        "aws:lambda/functionUrl:FunctionUrl",
        {"authorizationType": "NONE"},
        "authorizationType",
    ),
    (
        "closed-to-the-world",
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        {"blockPublicAcls": True, "ignorePublicAcls": True, "restrictPublicBuckets": True},
        "blockPublicPolicy",
    ),
    (
        "closed-to-the-world",
        "aws:s3/bucketPolicy:BucketPolicy",
        _policy(Principal="*", Action="s3:GetObject", Resource="arn:aws:s3:::b/*"),
        "everybody may s3:GetObject",
    ),
    ("exact-permissions", _ROLE_POLICY, _policy(Action="s3:*", Resource="arn:aws:s3:::b"), "s3:\\*"),
    (
        "exact-permissions",
        _ROLE_POLICY,
        _policy(Action=["kms:Decrypt"], Resource="*"),
        "kms:Decrypt on every resource",
    ),
    (
        "exact-permissions",
        _ROLE_POLICY,
        _policy(NotAction="iam:*", Resource="arn:aws:s3:::b"),
        "all but what it names",
    ),
    (
        "exact-permissions",
        "aws:iam/role:Role",
        {"inlinePolicies": [_policy(Action="s3:Get*", Resource="arn:aws:s3:::b")]},
        "s3:Get\\*",
    ),
    (
        "exact-permissions",
        "aws:kms/key:Key",
        _policy(Principal={"Service": "logs.amazonaws.com"}, Action="kms:Decrypt", Resource="*"),
        "without a condition",
    ),
    (
        "exact-permissions",
        "aws:kms/key:Key",
        _policy(Principal={"AWS": "arn:aws:iam::123456789012:role/r"}, Action="kms:*", Resource="*"),
        "kms:\\* is no exact action",
    ),
    (
        "tagged",
        "pulumi:providers:aws",
        {"defaultTags": json.dumps({"tags": {"project": "p", "owner": "o"}})},
        "environment is missing",
    ),
    ("tagged", "pulumi:providers:aws", {}, "project is missing"),
    ("logs-end", "aws:cloudwatch/logGroup:LogGroup", {"kmsKeyId": _KEY}, "for ever"),
    (
        "can-be-restored",
        "aws:dynamodb/table:Table",
        {"pointInTimeRecovery": {"enabled": False}},
        "pointInTimeRecovery",
    ),
    (
        "can-be-restored",
        "aws:s3/bucketVersioning:BucketVersioning",
        {"versioningConfiguration": {"status": "Suspended"}},
        "Enabled",
    ),
    (
        "no-secret-in-the-open",
        "aws:lambda/function:Function",
        {"environment": {"variables": {"DB_PASSWORD": "hunter2"}}},
        "DB_PASSWORD",
    ),
    (
        "no-secret-in-the-open",
        "aws:glue/job:Job",
        {"defaultArguments": {"--jdbc": "postgresql://reader:hunter2@db/lake"}},
        "--jdbc",
    ),
    ("kept-from-deletion", "aws:s3/bucket:Bucket", {}, "protect"),
    ("kept-from-deletion", "aws:dynamodb/table:Table", {}, "deletionProtectionEnabled"),
]


@pytest.mark.parametrize(("rule", "kind", "properties", "said"), _FAULTS)
def test_a_fault_is_found_and_named(rule: str, kind: str, properties: dict[str, Any], said: str) -> None:
    found = " ".join(_RULES[rule].check(Declaration(kind, "made-up", properties)))
    assert said.replace("\\", "") in found


def test_every_rule_has_a_fault_that_it_finds() -> None:
    assert {rule for rule, *_ in _FAULTS} == set(_RULES)


@pytest.mark.parametrize("rule", sorted(_STACK_RULES))
def test_a_bucket_without_its_companion_is_found(rule: str) -> None:
    bucket = Declaration("aws:s3/bucket:Bucket", "made-up", {"id": "b"})
    of_another = {"bucket": "c"}
    companions = [
        Declaration(
            "aws:s3/bucketPolicy:BucketPolicy",
            "p",
            of_another | {"policy": json.dumps({"Statement": [_TLS_ONLY]})},
        ),
        Declaration("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "b", of_another),
    ]
    assert [found for found, _ in _STACK_RULES[rule].check([bucket, *companions])] == [bucket]


def test_a_policy_that_allows_what_it_should_deny_is_no_refusal_of_plain_http() -> None:
    policy = {"bucket": "b", "policy": json.dumps({"Statement": [_TLS_ONLY | {"Effect": "Allow"}]})}
    declared = [
        Declaration("aws:s3/bucket:Bucket", "made-up", {"id": "b"}),
        Declaration("aws:s3/bucketPolicy:BucketPolicy", "p", policy),
    ]
    assert list(_STACK_RULES["buckets-take-tls-alone"].check(declared))


def test_where_a_secret_is_kept_may_be_told() -> None:
    told = {"variables": {"TOKEN_ARN": "arn:aws:secretsmanager:us-east-1:123456789012:secret:t"}}
    function = Declaration("aws:lambda/function:Function", "made-up", {"environment": told})
    assert list(_RULES["no-secret-in-the-open"].check(function)) == []


def test_a_secret_is_not_repeated_where_it_is_reported() -> None:
    told = {"variables": {"ADDRESS": "redis://user:hunter2@cache"}}
    function = Declaration("aws:lambda/function:Function", "made-up", {"environment": told})
    [said] = _RULES["no-secret-in-the-open"].check(function)
    assert "hunter2" not in said


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_resource_of_an_environment_breaks_a_rule(declared: Declared, environment: str, rule: Any) -> None:
    if rule.protected_only and environment != "prod":
        return
    faults = {each.name: found for each in _declarations(declared) if (found := list(rule.check(each)))}
    if environment == "local" and rule.name in _LOCAL_MAY:
        assert set(faults) == {"cache-group"}
    else:
        assert faults == {}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_no_role_of_people_or_feature_group_breaks_a_rule(rule: Any) -> None:
    declared = _declarations(declare("prod", PEOPLE | READINESS))
    assert {each.name: found for each in declared if (found := list(rule.check(each)))} == {}


@pytest.mark.parametrize("rule", STACK_RULES, ids=lambda rule: rule.name)
def test_no_bucket_of_an_environment_lacks_a_companion(declared: Declared, rule: Any) -> None:
    assert [found.name for found, _ in rule.check(_declarations(declared))] == []


def test_no_reason_is_kept_for_a_permission_that_nobody_has() -> None:
    used: set[str] = set()
    for each in _declarations(declare("prod", PEOPLE | READINESS)):
        if each.type == _ROLE_POLICY:
            for statement in json.loads(each.properties["policy"])["Statement"]:
                used |= set(statement["Action"]) if "*" in statement["Resource"] else set()
    assert set(ON_EVERYTHING) <= used
