"""Who may move producers from one region to another."""

from infra.components.failover_operator import FailoverOperator, FailoverOperatorArgs, OperatedRegion
from infra.components.online_cache import OnlineCache
from infra.stacks.region import Region
from infra.stacks.sharing import trusted
from infra.stacks.site import Site


def operated(home: Site, first: Region, there: Site, second: Region) -> None:
    """Declare the operator's role, if anybody is trusted with it.

    Args:
        home: The first region.
        first: What is in it.
        there: The second region.
        second: What is in that.
    """
    trust = trusted(home.config).get("operator")
    if not trust:
        return
    FailoverOperator(
        "operator",
        FailoverOperatorArgs(
            role_name=home.name("operator"),
            account_id=home.account_id,
            environment=home.config.environment,
            trust=trust,
            regions=[_region(home, first), _region(there, second)],
        ),
        home.opts,
    )


def _region(site: Site, made: Region) -> OperatedRegion:
    kept = made.stores
    return OperatedRegion(
        region=site.config.region,
        stream_arn=kept.events.stream_arn,
        archive_arn=kept.offline.archive_arn,
        bucket_arn=kept.offline.bucket_arn,
        table_arn=kept.online.arn,
        key_arn=site.key_arn,
        stream_function=site.name("stream"),
        lookup_function=site.name("lookup"),
        cache_name=site.name("cache") if isinstance(kept.cache, OnlineCache) else "",
        cache_grants=kept.cache.write_grants if kept.cache else [],
    )
