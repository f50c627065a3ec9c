"""What a million lookups and a million events cost in a region: what is metered of each, at the region's prices.

`docs/components/cost-controls.md` says what is left out, and why.
"""

from infra.components.unit_costs import HOUR_SECONDS, Meter, UnitCost
from infra.components.watches import Metric
from infra.stacks import unit_prices
from infra.stacks.functions import RUNTIMES
from infra.stacks.site import Site

_MB_PER_GB = 1024
_MS_PER_SECOND = 1000
_BYTES_PER_GB = 1024**3
_RECORDS_PER_GB = 1024**2
"""A stream on demand bills each record as whole kilobytes, and an event of ours is smaller than one."""


def lookups(site: Site) -> UnitCost:
    """What answers lookups: the function, the reads of the table, and the cache, which the stream fills, too.

    Raises:
        SettingsError: A price is not known.
    """
    config = site.config
    cache, cache_hourly_usd = _cache(site)
    memory_gb = config.lookup_memory_mb / _MB_PER_GB
    warm_hourly_usd = 0.0
    if config.lookup_warm_minimum:
        # By the fewest: no metric says how many scaling keeps.
        warm_usd = memory_gb * HOUR_SECONDS * _price(site, f"lambda.kept_warm_{_architecture(site)}")
        warm_hourly_usd = config.lookup_warm_minimum * warm_usd
    return UnitCost(
        role="million-lookups",
        what="A million lookups (USD)",
        meters=[*_function(site, "lookup", memory_gb), _table(site, "Read"), *cache],
        hourly_usd=cache_hourly_usd + warm_hourly_usd,
        per=_invocations(site, "lookup"),
        threshold_usd=config.cost_per_million_lookups_usd,
    )


def events(site: Site) -> UnitCost:
    """What makes features of events: the stream, the function that applies it, and the writes of the table.

    Raises:
        SettingsError: A price is not known.
    """
    config = site.config
    stream = {"StreamName": site.name("events")}
    records = Metric("AWS/Kinesis", "IncomingRecords", stream, "Sum")
    if config.event_shards:
        hourly_usd = config.event_shards * _price(site, "kinesis.shard")
        # A unit is 25 KB, and takes no second record.
        meters = [Meter(name="records", metric=records, usd=_price(site, "kinesis.put_payload"))]
    else:
        hourly_usd = _price(site, "kinesis.on_demand_stream")
        read = Metric("AWS/Kinesis", "GetRecords.Bytes", stream, "Sum")
        meters = [
            Meter(name="records", metric=records, usd=_price(site, "kinesis.on_demand_in") / _RECORDS_PER_GB),
            Meter(name="read_bytes", metric=read, usd=_price(site, "kinesis.on_demand_out") / _BYTES_PER_GB),
        ]
    return UnitCost(
        role="million-events",
        what="A million events (USD)",
        meters=[
            *meters,
            *_function(site, "stream", config.stream_memory_mb / _MB_PER_GB),
            _table(site, "Write"),
        ],
        hourly_usd=hourly_usd,
        per=records,
        threshold_usd=config.cost_per_million_events_usd,
    )


def _price(site: Site, key: str) -> float:
    return unit_prices.load().find(site.config.region, key)


def _architecture(site: Site) -> str:
    return RUNTIMES[site.config.lambda_target][1].removesuffix("64").removesuffix("_")


def _invocations(site: Site, role: str) -> Metric:
    return Metric("AWS/Lambda", "Invocations", {"FunctionName": site.name(role)}, "Sum")


def _function(site: Site, role: str, memory_gb: float) -> list[Meter]:
    busy = Metric("AWS/Lambda", "Duration", {"FunctionName": site.name(role)}, "Sum")
    # What runs in a warm environment costs less; which did, its duration does not say, so the alarm errs upwards.
    second_usd = memory_gb * _price(site, f"lambda.duration_{_architecture(site)}")
    group = {"LogGroupName": f"/aws/lambda/{site.name(role)}"}
    logged = Metric("AWS/Logs", "IncomingBytes", group, "Sum")
    return [
        Meter(name="log_bytes", metric=logged, usd=_price(site, "cloudwatch.logs_ingest") / _BYTES_PER_GB),
        Meter(name="calls", metric=_invocations(site, role), usd=_price(site, "lambda.requests")),
        Meter(name="busy_ms", metric=busy, usd=second_usd / _MS_PER_SECOND),
    ]


def _table(site: Site, kind: str) -> Meter:
    table = {"TableName": site.name("online")}
    if site.config.table_read_maximum:
        metric = Metric("AWS/DynamoDB", f"Provisioned{kind}CapacityUnits", table, "Average")
        return Meter(name="units", metric=metric, usd=_price(site, f"dynamodb.provisioned_{kind.lower()}"))
    metric = Metric("AWS/DynamoDB", f"Consumed{kind}CapacityUnits", table, "Sum")
    return Meter(name="units", metric=metric, usd=_price(site, f"dynamodb.on_demand_{kind.lower()}"))


def _cache(site: Site) -> tuple[list[Meter], float]:
    config = site.config
    if config.cache_kind == "nodes":
        nodes = max(config.cache_shards, 1) * (1 + config.cache_replicas)
        kind = config.cache_node_type.removeprefix("cache.")
        return [], nodes * _price(site, f"elasticache.node.valkey.{kind}")
    cache = {"clusterId": site.name("cache")}
    units = Metric("AWS/ElastiCache", "ElastiCacheProcessingUnits", cache, "Sum")
    kept = Metric("AWS/ElastiCache", "BytesUsedForCache", cache, "Average")
    stored_usd = _price(site, "elasticache.serverless_storage.valkey") / _BYTES_PER_GB
    return [
        Meter(name="ecpus", metric=units, usd=_price(site, "elasticache.serverless_ecpu.valkey")),
        Meter(name="cache_bytes", metric=kept, usd=stored_usd),
    ], 0
