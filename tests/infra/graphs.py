"""The graph of an environment: the program run with a cloud that only echoes."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pulumi

from headwater import registry
from headwater.registry import Registry
from infra.components.job_specs import JOBS
from infra.components.personas import PERSONAS
from infra.local import environments, graph
from infra.local.graph import Graph, Resource
from infra.packaging.job_files import JobFiles
from infra.stacks import configuration
from infra.stacks.platform import platform_stack

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = environments.names(ROOT)
_ACCOUNT = "123456789012"
_STACK = "pulumi:pulumi:StackReference"
_OTHER_STACK = {
    "subnet_ids": ["subnet-1", "subnet-2", "subnet-3"],
    "functions_group_id": "sg-functions",
    "jobs_group_id": "sg-jobs",
    "cache_group_id": "sg-cache",
    "key_arn": "arn:aws:kms:us-east-1:123456789012:key/shared",
    "bucket_name": "shared-bucket",
}
_JOB_FILES = JobFiles(
    scripts={spec.name: Path(f"{spec.name}.py") for spec in JOBS},
    packages=(Path("msgspec.whl"),),
    follower_packages=(Path("pyiceberg.whl"),),
    wheel=Path("headwater.whl"),
    registry=Path("registry.json"),
)
_TRUSTED = "arn:aws:iam::123456789012:role/people"
PEOPLE = frozenset(
    {
        ("trust", " ".join(f"{persona}={_TRUSTED}" for persona in PERSONAS)),
        ("lakeAdmins", _TRUSTED),
        ("lakeSources", "departures"),
        ("sagemakerViews", "airport_weather carrier_departures"),
    }
)
"""Changes of a configuration that make everything for people and for SageMaker."""

ONE_REGION = ("recoveryRegion", "")
"""Change of a configuration that leaves the second region away."""

ALONE = dict([ONE_REGION]) | {"recoveryExperiments": "false", "recoveryBackupRegion": ""}
"""The same, with what is only for the loss of the first region."""

HTTP_API = frozenset({("lookupApiPerSecond", "100"), ("lookupApiBurst", "50")})
"""Changes of a configuration that put an HTTP API before the lookups."""

READINESS = HTTP_API | frozenset(
    {
        ("recoveryDomain", "features.example.com"),
        ("recoveryZoneId", "Z0123456789"),
        ("recoverySwitchPlan", "arn:aws:iam::123456789012:role/operators"),
        ("recoveryExperiments", "true"),
        ("recoveryGameDay", "cron(0 9 ? * TUE#1 *)"),
    }
)
"""Changes of a configuration with a second region that make everything for the day on which the first is lost."""


_PROOF = {
    "resourceRecordName": "_proof.features.example.com.",
    "resourceRecordType": "CNAME",
    "resourceRecordValue": "_proof.acm-validations.aws.",
}


class Declared:
    """What a program declared, by type."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def all(self, kind: str) -> list[Resource]:
        """Resources whose type ends with ``:<kind>``."""
        return [each for each in self.graph.resources.values() if each.type.endswith(f":{kind}")]

    def one(self, kind: str) -> Resource:
        """The one resource of a type."""
        [found] = self.all(kind)
        return found

    def named(self, kind: str, name: str) -> Resource:
        """The resource of a type that the program calls so."""
        [found] = [each for each in self.all(kind) if each.name == name]
        return found


def echo(token: str, name: str, region: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Make nothing, and give back what was asked for with made-up ARNs and addresses."""
    made_up = f"arn:aws:{token.split(':')[1].split('/', maxsplit=1)[0]}:{region}:{_ACCOUNT}:{inputs.get('name', name)}"
    arn = inputs.get("arn", made_up)
    url = f"https://{name}"
    endpoints = dict.fromkeys(
        ("primaryEndpointAddress", "readerEndpointAddress", "configurationEndpointAddress"), name
    )
    known: dict[str, Any] = {
        # What is given the ARN of something else is no thing of its own.
        "arn": arn,
        "url": url,
        "functionUrl": url,
        "version": "1",
        "keyId": f"{name}-id",
        "globalReplicationGroupId": f"{name}-id",
    }
    if token == _STACK:
        return name, {"outputs": _OTHER_STACK}
    known |= {"endpoints": [{"address": name, "port": 6379}], "invokeUrl": url}
    known |= {"invokeArn": f"{arn}:invoke", "executionArn": f"{arn}:execution"}
    known |= {"domainValidationOptions": [_PROOF]}
    if "domainNameConfiguration" in inputs:
        made = {"targetDomainName": f"target.{name}", "hostedZoneId": f"zone.{name}"}
        known |= {"domainNameConfiguration": inputs["domainNameConfiguration"] | made}
    return f"{name}-id", known | endpoints


def answer(_token: str, _region: str, _arguments: dict[str, Any]) -> dict[str, Any]:
    """Answer a provider's function with a made-up account."""
    return {"accountId": _ACCOUNT, "arn": "arn", "userId": "user", "availabilityZone": "us-east-1a"}


@cache
def definitions() -> Registry:
    """The committed registry."""
    return registry.load(ROOT / "features" / "registry.json")


def program(given: Registry | None = None, endpoint: str | None = None) -> None:
    """The platform for the committed definitions or others, with files that are named but not built."""
    code = pulumi.FileArchive("nowhere.zip")
    platform_stack(configuration.read(), lambda _function: code, _JOB_FILES, given or definitions(), endpoint)


def declare_one_region(stack: str, **changes: str) -> Declared:
    """Return the graph of an environment without its second region, with values of its configuration changed."""
    return declare(stack, frozenset({**ALONE, **changes}.items()))


@cache
def declare(stack: str, changes: frozenset[tuple[str, str]] = frozenset()) -> Declared:
    """Return the graph of an environment, with values of its configuration changed."""
    return declare_with(definitions(), stack, changes)


def declare_alone(components: Callable[[], None]) -> Declared:
    """Return the graph of components that no stack declares."""
    return Declared(graph.run(components, {}, environment="lab", create=echo, call=answer))


def declare_with(given: Registry, stack: str, changes: frozenset[tuple[str, str]] = frozenset()) -> Declared:
    """Return the graph of an environment for definitions of the caller's."""
    config = graph.read_config(ROOT, stack) | {f"headwater:{key}": value for key, value in changes}
    return Declared(graph.run(lambda: program(given), config, environment=stack, create=echo, call=answer))
