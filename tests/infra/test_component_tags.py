"""What costs are told apart by: each resource has the name of its component, and of its view where it has one."""

import pulumi
import pulumi_aws as aws

from infra.local import graph
from infra.local.graph import Resource
from infra.preview.components import components
from infra.stacks.component_tags import TAG, ComponentTags
from tests.infra.graphs import ENVIRONMENTS, PEOPLE, Declared, answer, declare, echo

_UNTAGGED = {
    *("Alias", "BucketLifecycleConfiguration", "BucketPolicy", "BucketPublicAccessBlock"),
    *("BucketReplicationConfig", "GlobalReplicationGroup", "TopicPolicy"),
    *("BucketServerSideEncryptionConfiguration", "BucketVersioning", "Dashboard", "DataLakeSettings"),
    *("FunctionUrl", "LogMetricFilter", "OptIn", "Permissions", "Permission", "Policy"),
    *("ProvisionedConcurrencyConfig", "Resource", "RolePolicy", "Route", "RouteTableAssociation"),
    *("Schedule", "SecurityConfiguration", "QueryExecution", "CatalogDatabase"),
}
"""Last parts of types that AWS, or the provider, knows no tags of. What costs money of them, another resource is billed
for: a dashboard alone is billed by itself, and cannot be tagged."""


class _Owner(pulumi.ComponentResource):
    def __init__(self, name: str) -> None:
        super().__init__("test:index:Owner", name)
        inner = _Inner(f"{name}-inner", pulumi.ResourceOptions(parent=self))
        aws.sns.Topic(f"{name}-topic", tags={"view": "ours"}, opts=pulumi.ResourceOptions(parent=inner))
        self.register_outputs({})


class _Inner(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        super().__init__("test:index:Inner", name, None, opts)
        self.register_outputs({})


def _tag(resource: Resource) -> str | None:
    return (resource.inputs.get("tags") or {}).get(TAG)


def test_each_resource_is_tagged_with_its_component(declared: Declared) -> None:
    for component in components(declared.graph).values():
        for resource in component.resources:
            if resource.type.rpartition(":")[2] not in _UNTAGGED:
                assert component.name.endswith(_tag(resource) or "none"), resource.name


def test_a_component_has_the_same_tag_in_every_environment() -> None:
    tags = [
        {_tag(each) for each in declare(name).graph.resources.values()} - {None, "network"}
        for name in ENVIRONMENTS
        if name != "prod"
    ]
    every = declare("prod", frozenset({("recoveryExperiments", "true")})).graph.resources.values()
    assert all(each <= {_tag(one) for one in every} for each in tags)
    assert "network" in {_tag(each) for each in declare("prod").graph.resources.values()}


def test_a_tag_goes_to_what_is_deep_inside_and_leaves_the_others_there() -> None:
    def program() -> None:
        pulumi.runtime.register_stack_transformation(ComponentTags(prefixes=["ours-"]))
        _Owner("ours-store")

    found = Declared(graph.run(program, {}, environment="lab", create=echo, call=answer))
    assert found.one("Topic").inputs["tags"] == {"view": "ours", TAG: "store"}


def test_what_belongs_to_one_view_says_which() -> None:
    groups = declare("prod", PEOPLE).all("FeatureGroup")
    assert {each.inputs["tags"]["view"] for each in groups} == {"airport_weather", "carrier_departures"}
