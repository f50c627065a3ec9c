"""What a configuration with a second region must be, so that the second can be what the first was."""

from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from infra.stacks.configuration_rules import refuse

if TYPE_CHECKING:
    from infra.stacks.configuration import EnvironmentConfig

_REGION_SETS = (
    frozenset({"us-east-1", "us-east-2", "us-west-2"}),
    frozenset({"eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1"}),
    frozenset({"ap-northeast-1", "ap-northeast-2", "ap-northeast-3"}),
)
"""Regions over which DynamoDB keeps a table strongly consistent: all of it has to be in one of these."""

_FAMILIES = frozenset({"m5", "m6g", "m7g", "r5", "r6g", "r6gd", "r7g", "c7gn"})
"""Families of nodes that a Global Datastore takes, in size large and above."""

_TOO_SMALL = frozenset({"micro", "small", "medium"})


def check(config: "EnvironmentConfig") -> None:
    """Check what belongs to the second region, or that nothing does.

    Raises:
        ValueError: Names the key, what was found and what is expected.
    """
    _check_witness(config)
    if not config.recovery_region:
        return
    if config.recovery_region == config.region:
        raise refuse("recoveryRegion", config.recovery_region, "another region than the first, or none")
    _check_own(config)
    _check_network(config)
    if config.recovery_table == "strong":
        _check_strong(config)
    if config.recovery_mode != "pilot-light" and config.cache_kind != "none":
        _check_cache(config)


def second_cidr(cidr: str) -> str:
    """Addresses of the second region's network: the next ones of the same size, so that both can be joined.

    >>> second_cidr("10.40.0.0/20")
    '10.40.16.0/20'
    """
    first = IPv4Network(cidr)
    return str(IPv4Network((int(first.network_address) + first.num_addresses, first.prefixlen)))


def _check_witness(config: "EnvironmentConfig") -> None:
    strong = config.recovery_table == "strong"
    if strong and not config.recovery_region:
        raise refuse("recoveryTable", config.recovery_table, "eventual as long as recoveryRegion is empty")
    if strong and not config.recovery_witness_region:
        raise refuse(
            "recoveryWitnessRegion",
            "nothing",
            "a third region, because recoveryTable is strong: two of three have to have a write",
        )
    if config.recovery_witness_region and not strong:
        raise refuse(
            "recoveryWitnessRegion",
            config.recovery_witness_region,
            "nothing, because recoveryTable is eventual",
        )


def _check_own(config: "EnvironmentConfig") -> None:
    """What is brought along is of one region, or its owner's to copy."""
    if not config.key_multi_region:
        raise refuse(
            "keyMultiRegion",
            config.key_multi_region,
            "true, because recoveryRegion is set: its key is a replica of the first region's. A key is that or is not "
            "from the start; another value is another key",
        )
    if config.existing_bucket:
        raise refuse(
            "existingBucket",
            config.existing_bucket,
            "nothing, because recoveryRegion is set: how a bucket is copied is one setting of it, and its owner's",
        )
    if config.table_read_maximum:
        raise refuse(
            "tableReadMaximum",
            config.table_read_maximum,
            "0, because recoveryRegion is set: what scales the table does not scale its replica; pay by the request",
        )


def _check_network(config: "EnvironmentConfig") -> None:
    if config.network == "existing":
        raise refuse(
            "network",
            config.network,
            "vpc or none, because recoveryRegion is set: an existing network is in one region only",
        )
    if config.network == "vpc" and not IPv4Network(second_cidr(config.network_cidr)).is_private:
        raise refuse(
            "networkCidr",
            config.network_cidr,
            "private addresses of which as many come behind it, for the network of recoveryRegion",
        )


def _check_strong(config: "EnvironmentConfig") -> None:
    three = (config.region, config.recovery_region, config.recovery_witness_region)
    if len(set(three)) < len(three) or not any(each.issuperset(three) for each in _REGION_SETS):
        known = " or of ".join(", ".join(sorted(each)) for each in _REGION_SETS)
        raise refuse(
            "recoveryWitnessRegion",
            config.recovery_witness_region,
            f"a third region beside {config.region} and {config.recovery_region}, and all three of {known}, because "
            "recoveryTable is strong",
        )


def _check_cache(config: "EnvironmentConfig") -> None:
    """What ElastiCache copies to another region, it copies by a Global Datastore."""
    if config.cache_kind == "serverless":
        raise refuse(
            "cacheKind",
            config.cache_kind,
            "nodes or none, because recoveryMode has a cache in both regions, and a Global Datastore takes no "
            "serverless one; or choose pilot-light",
        )
    _, family, size = config.cache_node_type.split(".")
    if family not in _FAMILIES or size in _TOO_SMALL:
        raise refuse(
            "cacheNodeType",
            config.cache_node_type,
            f"large or more of {', '.join(sorted(_FAMILIES))}, because recoveryMode has a cache in both regions: "
            "cache.m7g.large is the least; or choose pilot-light",
        )
    required = {
        "cacheReplicas": (config.cache_replicas > 0, config.cache_replicas, "at least 1"),
        "cacheTls": (config.cache_tls, config.cache_tls, "true"),
        "cacheDurability": (config.cache_durability == "none", config.cache_durability, "none"),
    }
    for key, (fits, found, expected) in required.items():
        if not fits:
            raise refuse(
                key,
                found,
                f"{expected}, because recoveryMode joins the caches of both regions to a Global Datastore",
            )
