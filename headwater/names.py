"""The only place where the name of a resource, table, key, column or metric is built.

Nothing here knows a store or a cloud: names are strings, and the same input gives the same
string everywhere, so that two rooms that must agree on a name call the same function.
"""

import re
from collections.abc import Callable, Iterable
from hashlib import sha256

from headwater.errors import DefinitionError, InputError

MAX_NAME_LENGTH = 64
MAX_ENTITY_BYTES = 512
"""Longest entity in an online key; a longer one is hashed. DynamoDB allows a key 2,048 bytes in all."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_FOLDER = re.compile(r"[a-z0-9][a-z0-9_-]*")
_SEPARATOR = "/"
_ESCAPED = {"%": "%25", "/": "%2F", "|": "%7C"}
_ESCAPES = str.maketrans(_ESCAPED)


def check_name(kind: str, name: str) -> str:
    """Return ``name`` if it may name a definition.

    >>> check_name("feature view", "carrier_departures")
    'carrier_departures'

    Raises:
        DefinitionError: The name is not lower snake case of at most 64 characters.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > MAX_NAME_LENGTH:
        raise DefinitionError(
            f"{kind} {name!r}: a name is 1 to {MAX_NAME_LENGTH} characters of a-z, 0-9 and _, "
            "starting with a letter; rename it"
        )
    return name


def resource(environment: str, region: str, role: str) -> str:
    """Name of a cloud resource.

    >>> resource("prod", "eu-west-1", "online-store")
    'headwater-prod-eu-west-1-online-store'
    """
    return f"headwater-{environment}-{region}-{role}"


def datastore(environment: str) -> str:
    """What the id of an environment's Global Datastore ends with; AWS puts a few letters of the region before it.

    >>> datastore("prod")
    'headwater-prod-cache'
    """
    return f"headwater-{environment}-cache"


def output_parameter(environment: str, output: str) -> str:
    """Name of the parameter that holds an output of an environment's stack.

    >>> output_parameter("prod", "online_table_name")
    '/headwater/prod/online_table_name'
    """
    return f"/headwater/{environment}/{output}"


def glue_database(environment: str) -> str:
    """Name of the Glue database that holds an environment's tables.

    >>> glue_database("prod")
    'headwater_prod'
    """
    return f"headwater_{environment.replace('-', '_')}"


def event_log_table(source: str) -> str:
    """Name of the Iceberg table that keeps a source's events.

    >>> event_log_table("departures")
    'events_departures'
    """
    return f"events_{source}"


def landing_prefix() -> str:
    """S3 prefix under which the archive puts records until ingestion moves them to the log."""
    return "landing/"


def served_prefix() -> str:
    """S3 prefix under which what was served lands, until ingestion moves it to its table."""
    return "served-landing/"


def athena_results_prefix() -> str:
    """S3 prefix under which Athena leaves the results of queries that say no other."""
    return "athena-results/"


def labels_prefix() -> str:
    """S3 prefix of label rows that training sets are asked for with."""
    return "labels/"


def training_prefix() -> str:
    """S3 prefix of training sets."""
    return "training/"


def team_folder(prefix: str, team: str, name: str) -> str:
    """S3 prefix of one folder of a team.

    >>> team_folder(labels_prefix(), "fraud", "may")
    'labels/fraud/may/'

    Args:
        prefix: Of all teams' folders.
        team: Short name of the team.
        name: Of the folder.

    Raises:
        InputError: A name could lead out of the team's folders.
    """
    for kind, text in (("team", team), ("folder", name)):
        if not _FOLDER.fullmatch(text) or len(text) > MAX_NAME_LENGTH:
            raise InputError(
                f"{kind} {text!r} below {prefix}: expected 1 to {MAX_NAME_LENGTH} of a-z, 0-9, _ and -, a letter or "
                "digit first; rename it"
            )
    return f"{prefix}{team}/{name}/"


def athena_prefix() -> str:
    """S3 prefix under which training sets on Athena keep what they ask and what is answered, meanwhile."""
    return "athena/"


def athena_labels_table(run: str) -> str:
    """Name of the table that holds the label rows of a training set on Athena, meanwhile.

    >>> athena_labels_table("5f0c")
    'labels_5f0c'
    """
    return f"labels_{run}"


def served_table() -> str:
    """Name of the Iceberg table that keeps what was served."""
    return "served"


def jobs_prefix() -> str:
    """S3 prefix of what jobs run with: scripts, wheels, the registry."""
    return "jobs/"


def sagemaker_prefix() -> str:
    """S3 prefix of what SageMaker's feature groups keep, and of training sets for it."""
    return "sagemaker/"


def sagemaker_training_prefix(name: str) -> str:
    """S3 prefix of a training set for SageMaker.

    >>> sagemaker_training_prefix("model-7")
    'sagemaker/training/model-7/'
    """
    return f"{sagemaker_prefix()}training/{name}/"


def sagemaker_mirror_prefix(group: str) -> str:
    """S3 prefix of how far the mirror of a feature group has come, by instant.

    >>> sagemaker_mirror_prefix("headwater-prod-airport-weather-1f0c9a2b3d4e")
    'sagemaker/mirror/headwater-prod-airport-weather-1f0c9a2b3d4e/'
    """
    return f"{sagemaker_prefix()}mirror/{group}/"


def feature_group(environment: str, view: str, content: str) -> str:
    """Name of the SageMaker feature group that mirrors a view as it is now, at most 64 characters.

    Args:
        environment: Name of the environment.
        view: The view.
        content: Hash of what the group declares.

    >>> feature_group("prod", "airport_weather", "1f0c9a2b3d4e")
    'headwater-prod-airport-weather-1f0c9a2b3d4e'
    """
    start = f"headwater-{environment}-{view.replace('_', '-')}"
    return f"{start[: MAX_NAME_LENGTH - 1 - len(content)].rstrip('-')}-{content}"


def warehouse_prefix() -> str:
    """S3 prefix of the Iceberg tables."""
    return "warehouse/"


def table_folder(database: str, table: str) -> str:
    """S3 prefix of an Iceberg table, where no other was said when it was made.

    >>> table_folder("headwater_prod", "served")
    'warehouse/headwater_prod.db/served/'
    """
    return f"{warehouse_prefix()}{database}.db/{table}/"


def replicas_prefix() -> str:
    """S3 prefix of what makes tables of other regions readable."""
    return "replica/"


def replica_prefix(bucket: str) -> str:
    """S3 prefix of what makes another bucket's tables readable in ``bucket``: only its own region writes there.

    >>> replica_prefix("offline-west")
    'replica/offline-west/'
    """
    return f"{replicas_prefix()}{bucket}/"


def feature(
    column: str | None, aggregate: str, window: str, delay: str | None = None, label: str = ""
) -> str:
    """Default name of a feature: ``<column>[_<label>]_<aggregate>_<window>``, with its delay if it has one.

    >>> feature("dep_delay", "mean", "1h"), feature("amount", "sum", "1d", label="large")
    ('dep_delay_mean_1h', 'amount_large_sum_1d')
    >>> feature(None, "count", "7d", delay="12h")
    'events_count_7d_delayed_12h'
    """
    name = "_".join(filter(None, (column or "events", label, aggregate, window)))
    return f"{name}_delayed_{delay}" if delay else name


def qualified_feature(view: str, name: str) -> str:
    """Name of a feature in a service's vector: unique across views.

    >>> qualified_feature("carrier_departures", "dep_delay_mean_1h")
    'carrier_departures__dep_delay_mean_1h'
    """
    return f"{view}__{name}"


def entity_key(values: Iterable[str]) -> str:
    """One string for the values of an entity's keys: escaped, hence collision-free.

    >>> entity_key(("JFK",)), entity_key(("a|b", "c")), entity_key(("a", "b|c"))
    ('JFK', 'a%7Cb|c', 'a|b%7Cc')
    """
    return _fitted("|".join(map(_escaped, values)))


def key_part(value: str) -> str:
    """The `entity_key` of an entity with one key.

    >>> key_part("a|b"), key_part("user-1")
    ('a%7Cb', 'user-1')
    """
    return _fitted(_escaped(value))


def _escaped(value: str) -> str:
    # Most values have nothing to escape, and looking is ten times quicker than translating.
    if "%" in value or "/" in value or "|" in value:
        return value.translate(_ESCAPES)
    return value


def _fitted(key: str) -> str:
    if len(key) * 4 <= MAX_ENTITY_BYTES or len(key.encode()) <= MAX_ENTITY_BYTES:
        return key
    # No escaped value has two of these in a row, so that a hash is never taken for a value.
    return "%%" + sha256(key.encode()).hexdigest()


def page_prefix(environment: str, view: str, version: str) -> str:
    """What the online keys of all pages of a tile set start with."""
    return _SEPARATOR.join((environment, view, version, ""))


def page_suffix(width: str, page: int) -> str:
    """What the online key of a page ends with, behind the entity."""
    return f"{_SEPARATOR}{width}{_SEPARATOR}{page}"


def page_keys(environment: str, view: str, version: str, width: str) -> Callable[[str, int], str]:
    """Return what builds the online keys of a tile set's pages, from an entity and the page's number.

    Args:
        environment: Environment the store belongs to.
        view: Feature view.
        version: Content version of the tile set.
        width: Width of the pages' tiles, as `windows.format_duration` writes it.

    >>> page_keys("local", "carrier_departures", "1f0c9a2b", "1h")(entity_key(["UA"]), 8021)
    'local/carrier_departures/1f0c9a2b/UA/1h/8021'
    """
    start = page_prefix(environment, view, version)
    return lambda entity, page: f"{start}{entity}{page_suffix(width, page)}"


def watermark_key(environment: str) -> str:
    """Online key of how far the stream has come.

    >>> watermark_key("local")
    'local/_watermark'
    """
    return _SEPARATOR.join((environment, "_watermark"))


def pointer_key(environment: str) -> str:
    """Online key of which region producers write to.

    >>> pointer_key("prod")
    'prod/_pointer'
    """
    return _SEPARATOR.join((environment, "_pointer"))


def stream_shard(region: str, shard_id: str) -> str:
    """Name of a shard of a Kinesis stream, told from those of another region's stream.

    >>> stream_shard("us-east-1", "shardId-000000000000")
    'us-east-1/shardId-000000000000'
    """
    return _SEPARATOR.join((region, shard_id))


def shard_id(shard: str) -> str:
    """What Kinesis calls a shard of that name.

    >>> shard_id("us-east-1/shardId-000000000000")
    'shardId-000000000000'
    """
    return shard.rpartition(_SEPARATOR)[2]


def shard_region(shard: str) -> str:
    """Region of a shard of a Kinesis stream; empty of any other shard.

    >>> shard_region("us-east-1/shardId-000000000000"), shard_region("events-0")
    ('us-east-1', '')
    """
    return shard.rpartition(_SEPARATOR)[0]


def recoveries_prefix() -> str:
    """S3 prefix of what is known of every failover."""
    return "recovery/"


def recovery_prefix(failover: str) -> str:
    """S3 prefix of what is known of the events that a lost region had acknowledged.

    >>> recovery_prefix("2026-11-24-1")
    'recovery/2026-11-24-1/'
    """
    return f"{recoveries_prefix()}{failover}/"


def fill_key(environment: str, view: str, tile_set: str) -> str:
    """Online key of how a tile set was filled.

    >>> fill_key("local", "carrier_departures", "1f0c9a2b")
    'local/_fill/carrier_departures/1f0c9a2b'
    """
    return _SEPARATOR.join((environment, "_fill", view, tile_set))


def replay_key(environment: str, replay_of: str) -> str:
    """Online key of which copy of a replayed record counts.

    >>> replay_key("local", "us-east-1/shardId-000000000000:4959")
    'local/_replay/us-east-1%2FshardId-000000000000:4959'
    """
    return _SEPARATOR.join((environment, "_replay", key_part(replay_of)))


HEALTH_PATH, LEADS_PATH = "/health", "/leads"
"""What health checks ask a region's API: whether it answers lookups, and whether producers write there."""

METRIC_NAMESPACE = "Headwater"
LAG_METRIC = "lag_ms"
DROPPED_METRIC = "dropped"
"""What the stream function says of each batch; the environment is the metrics' dimension."""

LOOKUP_FAILURES_METRIC = "lookup_failures"
SERVED_LOST_METRIC = "served_lost"
"""What is read from the lines that the lookup function logs; they are in `log_metric_namespace`."""


OTHER_REGION_NAMESPACE = "Headwater/OtherRegion"
ALARMS_METRIC = "alarms_not_ok"
"""Copies in one region of what another one's CloudWatch says; dimensions are the environment and that other region."""


def log_metric_namespace(environment: str) -> str:
    """Namespace of metrics that are read from log lines, which do not name their environment.

    >>> log_metric_namespace("prod")
    'Headwater/prod'
    """
    return f"{METRIC_NAMESPACE}/{environment}"
