"""Amounts against arithmetic done by hand: AWS's own examples where its pages have one, else its price times a quantity.

Prices are those of the committed snapshot. Where an example of AWS's is older than a price, the arithmetic
is the example's and the price is today's; a comment says so. Written out so that it can be checked without the code.
"""

from decimal import Decimal
from typing import NamedTuple

import pytest

from tests.costs import paid


class Case(NamedTuple):
    """One amount.

    Attributes:
        price: Key of the price.
        unit: What it counts.
        quantity: Units a month.
        usd: By hand.
        page: Where example or price stands.
        free: Whether the free part is taken off.
    """

    price: str
    unit: str
    quantity: str
    usd: str
    page: str
    free: bool = False


_LAMBDA = "https://aws.amazon.com/lambda/pricing/"
_KINESIS = "https://aws.amazon.com/kinesis/data-streams/pricing/"
_DYNAMODB = "https://aws.amazon.com/dynamodb/pricing/on-demand/"
_CACHE = "https://aws.amazon.com/elasticache/pricing/"
_WATCH = "https://aws.amazon.com/cloudwatch/pricing/"
_STATES = "https://aws.amazon.com/step-functions/pricing/"

CASES = {
    # Example: 512 MB, 3 million times, 1 s each. 3,000,000 s × 0.5 GB = 1,500,000 GB-s; less 400,000 free are
    # 1,100,000 × 0.0000166667 = 18.33337.
    "Lambda, example 1, compute": Case(
        "lambda.duration_x86", "GB-second", "1500000", "18.33", _LAMBDA, free=True
    ),
    # 3 million less 1 million free: 2 × 0.20.
    "Lambda, example 1, requests": Case("lambda.requests", "request", "3000000", "0.40", _LAMBDA, free=True),
    # Example: 128 MB, 30 million times, 200 ms each: 30,000,000 × 0.2 × 0.125 = 750,000; less 400,000 are
    # 350,000 × 0.0000166667 = 5.833345.
    "Lambda, example 2, compute": Case(
        "lambda.duration_x86", "GB-second", "750000", "5.83", _LAMBDA, free=True
    ),
    # 29 million are paid: 29 × 0.20.
    "Lambda, example 2, requests": Case("lambda.requests", "request", "30000000", "5.80", _LAMBDA, free=True),
    # First 7.5 billion at 0.0000133334 = 100,000.50; 0.5 billion at 0.0000120001 = 6,000.05.
    "Lambda on Arm, over its first tier": Case(
        "lambda.duration_arm", "GB-second", "8000000000", "106000.55", _LAMBDA
    ),
    # Ten environments of 1 GB kept warm all month: 10 × 730 × 3600 = 26,280,000 × 0.0000033334 = 87.601752.
    "Lambda on Arm, kept warm": Case("lambda.kept_warm_arm", "GB-second", "26280000", "87.60", _LAMBDA),
    # Example: 100 records of 35 KB a second need 4 shards: 4 × 24 × 31 = 2,976 h × 0.015 = 44.64.
    "Kinesis, example, shards": Case("kinesis.shard", "shard-hour", "2976", "44.64", _KINESIS),
    # The same: two units of 25 KB each, 200 × 86,400 × 31 = 535,680,000 × 0.014 / 1,000,000 = 7.49952.
    "Kinesis, example, payload units": Case(
        "kinesis.put_payload", "payload unit", "535680000", "7.50", _KINESIS
    ),
    # 1,000 records of 3 KB a second: 3,000 KB × 2,628,000 s / 1,048,576 = 7,518.76831 GB × 0.08 = 601.501465.
    "Kinesis on demand, in": Case("kinesis.on_demand_in", "GB", "7518.76831", "601.50", _KINESIS),
    # 730 × 0.04.
    "Kinesis on demand, the stream": Case(
        "kinesis.on_demand_stream", "stream-hour", "730", "29.20", _KINESIS
    ),
    # 1,000 writes of 1 KB a second: 2,628,000,000 × 0.625 / 1,000,000 = 1,642.50.
    "DynamoDB, writes": Case("dynamodb.on_demand_write", "write unit", "2628000000", "1642.50", _DYNAMODB),
    # 1,000 eventually consistent reads of 4 KB a second: half a unit each, 1,314 million × 0.125 = 164.25.
    "DynamoDB, reads": Case("dynamodb.on_demand_read", "read unit", "1314000000", "164.25", _DYNAMODB),
    # 100 GB, 25 of them free: 75 × 0.25.
    "DynamoDB, storage": Case("dynamodb.storage", "GB-month", "100", "18.75", _DYNAMODB, free=True),
    # 100 units all month: 73,000 × 0.00065 = 47.45.
    "DynamoDB, provisioned writes": Case(
        "dynamodb.provisioned_write",
        "write unit-hour",
        "73000",
        "47.45",
        "https://aws.amazon.com/dynamodb/pricing/provisioned/",
    ),
    # Two shards of three nodes: 6 × 730 = 4,380 h × 0.1752 = 767.376.
    "ElastiCache, six nodes": Case(
        "elasticache.node.valkey.r7g.large", "node-hour", "4380", "767.38", _CACHE
    ),
    # 10 GB all month: 7,300 GB-h × 0.084 = 613.20.
    "ElastiCache serverless, stored": Case(
        "elasticache.serverless_storage.valkey", "GB-hour", "7300", "613.20", _CACHE
    ),
    # 1,000 lookups of 1 KB a second: 2,628 million × 0.0023 = 6.0444.
    "ElastiCache serverless, ECPUs": Case(
        "elasticache.serverless_ecpu.valkey", "ECPU", "2628000000", "6.04", _CACHE
    ),
    # Example: 6 DPUs for a quarter of an hour: 1.5 × 0.44.
    "Glue, example": Case("glue.etl", "DPU-hour", "1.5", "0.66", "https://aws.amazon.com/glue/pricing/"),
    # 10,000 at 0.30 = 3,000 and 41,000 at 0.10 = 4,100.
    "CloudWatch, metrics over the first tier": Case(
        "cloudwatch.custom_metrics", "metric-month", "51000", "7100.00", _WATCH
    ),
    # Seven figures each minute, none of them free: 7 × 60 × 730 = 306,600 × 0.01 / 1,000 = 3.066.
    "CloudWatch, metrics that are read": Case(
        "cloudwatch.metrics_read", "metric", "306600", "3.07", _WATCH, free=True
    ),
    # 1,087,600 calls, of which a million are free: 87,600 × 0.01 / 1,000 = 0.876.
    "CloudWatch, calls": Case("cloudwatch.requests", "request", "1087600", "0.88", _WATCH, free=True),
    # 50 alarms, 10 of them free: 40 × 0.10.
    "CloudWatch, alarms": Case("cloudwatch.alarms", "alarm metric-month", "50", "4.00", _WATCH, free=True),
    # 105 GB, 5 of them free: 100 × 0.50.
    "CloudWatch, logs": Case("cloudwatch.logs_ingest", "GB", "105", "50.00", _WATCH, free=True),
    # 500,000 transitions, 4,000 of them free: 496 × 0.025 = 12.40.
    "Step Functions, transitions": Case(
        "stepfunctions.transitions", "transition", "500000", "12.40", _STATES, free=True
    ),
    # 50 TB at 0.023 and 10 TB at 0.022: 51,200 × 0.023 = 1,177.60, 10,240 × 0.022 = 225.28.
    "S3, over the first tier": Case(
        "s3.storage", "GB-month", "61440", "1402.88", "https://aws.amazon.com/s3/pricing/"
    ),
    # 43,800 objects, one a minute: 43.8 × 0.005 = 0.219.
    "S3, objects written": Case(
        "s3.writes", "request", "43800", "0.22", "https://aws.amazon.com/s3/pricing/"
    ),
    # 100 records of 3 KB a second count as 5 KB: 500 KB × 2,592,000 s / 1,048,576 = 1,235.9619 GB × 0.029 = 35.84.
    "Firehose, records of 3 KB": Case(
        "firehose.ingest", "GB", "1235.9619", "35.84", "https://aws.amazon.com/firehose/pricing/"
    ),
    # 3 TB read: 3 × 5.
    "Athena": Case("athena.scanned", "TB", "3", "15.00", "https://aws.amazon.com/athena/pricing/"),
    # Seven endpoints in two zones: 14 × 730 = 10,220 h × 0.01.
    "VPC endpoints": Case(
        "vpc.interface_endpoint",
        "endpoint-zone-hour",
        "10220",
        "102.20",
        "https://aws.amazon.com/privatelink/pricing/",
    ),
    # 300 million at 1.00 and 100 million at 0.90.
    "HTTP API, over the first tier": Case(
        "apigateway.http_api",
        "request",
        "400000000",
        "390.00",
        "https://aws.amazon.com/api-gateway/pricing/",
    ),
    # Two million requests less 20,000: 198 × 0.03 = 5.94.
    "KMS requests": Case(
        "kms.requests", "request", "2000000", "5.94", "https://aws.amazon.com/kms/pricing/", free=True
    ),
    # 1,000 GB between regions: 1,000 × 0.02.
    "S3, copied to another region": Case(
        "s3.replication_transfer", "GB", "1000", "20.00", "https://aws.amazon.com/s3/pricing/"
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_an_amount_is_what_it_is_by_hand(case: Case) -> None:
    line = paid(case.price, case.unit, case.quantity, "1" if case.free else "0")
    assert line.monthly_usd == Decimal(case.usd), f"{line.formula}; see {case.page}"
