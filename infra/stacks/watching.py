"""What is watched in a region."""

from infra.components.feature_lookup import FeatureLookup
from infra.components.observability import Observability, ObservabilityArgs
from infra.components.watches import Watched, cache_nodes
from infra.stacks.site import Site


def observability(site: Site, lookup: FeatureLookup) -> Observability:
    """Declare alarms, their topic and the dashboard.

    Args:
        site: The region.
        lookup: Whose log is read.
    """
    config = site.config
    return Observability(
        site.component("watch"),
        ObservabilityArgs(
            prefix=site.name("platform"),
            region=config.region,
            watched=Watched(
                environment=config.environment,
                stream_function=site.name("stream"),
                lookup_function=site.name("lookup"),
                event_stream=site.name("events"),
                online_table=site.table_name,
                dead_letter_queue=site.name("dead-letters"),
                cache_nodes=(
                    cache_nodes(site.name("cache"), config.cache_shards, config.cache_replicas)
                    if config.cache_kind == "nodes"
                    else []
                ),
                serverless_cache=site.name("cache") if config.cache_kind == "serverless" else None,
                lookup_warm=config.lookup_warm_minimum > 0,
                lookup_p99_ms=config.lookup_p99_ms,
                lag_ms=config.lag_ms,
            ),
            lookup_log_group=lookup.log_group_name,
            lookup_availability=config.lookup_availability,
            key_arn=site.key_arn,
        ),
        site.opts,
    )
