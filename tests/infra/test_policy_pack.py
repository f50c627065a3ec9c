"""The policy pack as Pulumi runs it: nothing of ours is refused, each fault is, under its policy's name."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NoReturn

import pytest
from pulumi.runtime import rpc
from pulumi.runtime.proto import analyzer_pb2 as wire

from infra.policy.rules import RULES, STACK_RULES
from tests.infra import policy_pack
from tests.infra.graphs import Declared
from tests.infra.policy_pack import SECRET, Asked, Pack

_KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
_TABLE = "aws:dynamodb/table:Table"
_BUCKET = "aws:s3/bucket:Bucket"
_ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
_FUNCTION = "aws:lambda/function:Function"
_ENCRYPTED = {"serverSideEncryption": {"enabled": True, "kmsKeyArn": _KEY}}
_RESTORABLE = {"pointInTimeRecovery": {"enabled": True}}
_UNPROTECTED = Asked(_TABLE, "table", _ENCRYPTED | _RESTORABLE)
_TAGS = '{"tags": {"project": "headwater", "environment": "prod"}}'

_FAULTS: list[tuple[Asked, set[str]]] = [
    (
        Asked(_TABLE, "in-the-clear", _RESTORABLE | {"deletionProtectionEnabled": True}, protect=True),
        {"encrypted-with-our-key"},
    ),
    (
        Asked(_TABLE, "gone-for-good", _ENCRYPTED | {"deletionProtectionEnabled": True}, protect=True),
        {"can-be-restored"},
    ),
    (_UNPROTECTED, {"kept-from-deletion"}),
    (
        Asked(
            _ROLE_POLICY,
            "wildcard",
            {"policy": '{"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'},
        ),
        {"exact-permissions"},
    ),
    (
        Asked("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "half", {"blockPublicAcls": True}),
        {"closed-to-the-world"},
    ),
    (
        Asked("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "open", {"cidrIpv4": "0.0.0.0/0"}),
        {"closed-to-the-world"},
    ),
    (Asked("pulumi:providers:aws", "nobodys", {"defaultTags": _TAGS}), {"tagged"}),
    (Asked("aws:kms/key:Key", "old", {}, protect=True), {"keys-rotate"}),
    (Asked("aws:cloudwatch/logGroup:LogGroup", "endless", {"kmsKeyId": _KEY}), {"logs-end"}),
    (
        Asked(
            "aws:elasticache/replicationGroup:ReplicationGroup",
            "plain",
            {"kmsKeyId": _KEY, "transitEncryptionEnabled": False},
        ),
        {"encrypted-on-the-way"},
    ),
    (
        Asked(
            _FUNCTION,
            "telling",
            {"kmsKeyArn": _KEY, "environment": {"variables": {"DB_PASSWORD": SECRET | {"value": "hunter2"}}}},
        ),
        {"no-secret-in-the-open"},
    ),
]


@pytest.fixture(scope="module")
def pack_of(engine_missing: Callable[[str, str], NoReturn]) -> Iterator[Callable[[str], Pack]]:
    """Returns the running pack of a stack."""
    if not policy_pack.PYTHON.exists():
        engine_missing("the SDK of policies", "its environment .policy is not there")
    packs: dict[str, Pack] = {}
    with ExitStack() as stack:

        def of(name: str) -> Pack:
            if name not in packs:
                packs[name] = stack.enter_context(policy_pack.running(name))
            return packs[name]

        yield of


@pytest.fixture
def pack(pack_of: Callable[[str], Pack]) -> Pack:
    """The pack of prod, where every policy holds."""
    return pack_of("prod")


def _named(diagnostics: list[wire.AnalyzeDiagnostic]) -> set[str]:
    return {each.policyName for each in diagnostics}


def test_every_rule_is_a_mandatory_policy(pack: Pack) -> None:
    levels = {each.name: each.enforcementLevel for each in pack.info().policies}
    assert levels == {rule.name: wire.MANDATORY for rule in (*RULES, *STACK_RULES)}


def test_no_resource_of_an_environment_is_refused(
    pack_of: Callable[[str], Pack], declared: Declared, environment: str
) -> None:
    found = {
        (each.name, diagnostic.policyName)
        for each in declared.graph.resources.values()
        for diagnostic in pack_of(environment).analyze(Asked(each.type, each.name, each.inputs, each.protect))
    }
    # The cache of the local cloud is a Redis on this machine, asked through 127.0.0.1.
    assert found == ({("cache-group", "encrypted-on-the-way")} if environment == "local" else set())


def test_no_environment_as_a_whole_is_refused(
    pack_of: Callable[[str], Pack], declared: Declared, environment: str
) -> None:
    made = [
        Asked(each.type, each.name, {**each.outputs, "id": each.id}, each.protect)
        for each in declared.graph.resources.values()
    ]
    assert pack_of(environment).analyze_stack(made) == []


@pytest.mark.parametrize(("asked", "policies"), _FAULTS, ids=lambda value: getattr(value, "name", ""))
def test_a_fault_is_refused_under_the_name_of_its_policy_alone(
    pack: Pack, asked: Asked, policies: set[str]
) -> None:
    found = pack.analyze(asked)
    assert _named(found) == policies
    assert {each.enforcementLevel for each in found} == {wire.MANDATORY}


def test_every_policy_on_one_resource_refuses_a_fault() -> None:
    assert set().union(*(policies for _, policies in _FAULTS)) == {rule.name for rule in RULES}


def test_a_bucket_without_companions_is_refused_by_both_policies_on_stacks(pack: Pack) -> None:
    bucket = Asked(_BUCKET, "bucket", {"id": "b"}, protect=True)
    found = pack.analyze_stack([bucket])
    assert {(each.policyName, each.urn) for each in found} == {
        (rule.name, bucket.urn) for rule in STACK_RULES
    }


def test_what_is_kept_in_prod_may_be_deleted_elsewhere(pack_of: Callable[[str], Pack]) -> None:
    assert pack_of("dev").analyze(_UNPROTECTED) == []


def test_the_configuration_of_the_pack_says_which_stacks_are_protected(
    pack_of: Callable[[str], Pack],
) -> None:
    pack = pack_of("emea")
    pack.configure("kept-from-deletion", {"protectedStacks": ["emea"]})
    assert _named(pack.analyze(_UNPROTECTED)) == {"kept-from-deletion"}


def test_a_value_that_a_preview_cannot_know_is_noted_and_not_refused(pack: Pack) -> None:
    notes = pack.analyze(Asked(_ROLE_POLICY, "later", {"policy": rpc.UNKNOWN}))
    assert _named(notes) == {"closed-to-the-world", "exact-permissions"}
    assert {each.enforcementLevel for each in notes} == {wire.ADVISORY}


def test_a_bucket_that_a_preview_cannot_name_is_noted_and_not_refused(pack: Pack) -> None:
    notes = pack.analyze_stack([Asked(_BUCKET, "bucket", {"id": rpc.UNKNOWN})])
    assert _named(notes) == {rule.name for rule in STACK_RULES}
    assert {each.enforcementLevel for each in notes} == {wire.ADVISORY}


def test_a_secret_is_not_repeated_where_it_is_refused(pack: Pack) -> None:
    told: dict[str, Any] = {"ADDRESS": SECRET | {"value": "redis://user:hunter2@cache"}}
    asked = Asked(_FUNCTION, "telling", {"kmsKeyArn": _KEY, "environment": {"variables": told}})
    [found] = pack.analyze(asked)
    assert "hunter2" not in found.message
