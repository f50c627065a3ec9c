"""A bill as all sources give it: charges by component, service and usage type, and what is no use apart."""

from collections.abc import Iterable
from decimal import Decimal
from types import MappingProxyType

import msgspec

from cost.actuals.months import Month

APART = ("Credit", "Refund", "Tax")
"""Record types that are kept out of what was used: a credit makes nothing cheaper to run."""

UNTAGGED = "untagged"

_SERVICES = MappingProxyType(
    {
        "apigateway": ("Amazon API Gateway", "AmazonApiGateway"),
        "arc": ("Amazon Application Recovery Controller", "AmazonRoute53RecoveryControl"),
        "athena": ("Amazon Athena", "AmazonAthena"),
        "backup": ("AWS Backup", "AWSBackup"),
        "cloudwatch": ("AmazonCloudWatch", "Amazon CloudWatch"),
        "costexplorer": ("AWS Cost Explorer", "AWSCostExplorer"),
        "data_transfer": ("AWS Data Transfer", "AWSDataTransfer"),
        "dynamodb": ("Amazon DynamoDB", "AmazonDynamoDB"),
        "ec2": ("EC2 - Other", "AmazonEC2"),
        "elasticache": ("Amazon ElastiCache", "AmazonElastiCache"),
        "fis": ("AWS Fault Injection Service", "AWSFIS"),
        "firehose": ("Amazon Kinesis Firehose", "Amazon Data Firehose", "AmazonKinesisFirehose"),
        "glue": ("AWS Glue", "AWSGlue"),
        "kinesis": ("Amazon Kinesis", "AmazonKinesis"),
        "kms": ("AWS Key Management Service", "awskms"),
        "lambda": ("AWS Lambda", "AWSLambda"),
        "route53": ("Amazon Route 53", "AmazonRoute53"),
        "s3": ("Amazon Simple Storage Service", "AmazonS3"),
        "sns": ("Amazon Simple Notification Service", "AmazonSNS"),
        "sqs": ("Amazon Simple Queue Service", "AWSQueueService"),
        "stepfunctions": ("AWS Step Functions", "AmazonStates"),
        "vpc": ("Amazon Virtual Private Cloud", "AmazonVPC"),
        "xray": ("AWS X-Ray", "AWSXRay"),
    }
)
"""Our names of services, as prices have them, and those that bills have."""

_OURS = {theirs: ours for ours, names in _SERVICES.items() for theirs in names}


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """What was charged for one kind of use.

    Attributes:
        component: Value of the tag; `UNTAGGED` where the resource has none.
        service: As prices name it; as the bill does where prices have none of it.
        usage_type: The bill's name of what is counted, which begins with the region's letters.
        usd: Before credits, refunds and taxes.
        quantity: Of the usage type.
        unit: As the bill says it.
        resources: How many resources were charged; None where the source does not say.
    """

    component: str
    service: str
    usage_type: str
    usd: Decimal
    quantity: Decimal
    unit: str
    resources: int | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """What stays the same from month to month."""
        return (self.component, self.service, self.usage_type)


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What an environment was charged in a month.

    Attributes:
        environment: Value of the tag.
        month: The month.
        source: Where it was read.
        charges: What was used.
        apart: Credits, refunds and taxes with the environment's tag, by record type.
        account_apart: The same of everything without a tag: most of them are the account's and have none.
        account_untagged_usd: What was used in the account without a tag of an environment; some of it may be ours.
    """

    environment: str
    month: Month
    source: str
    charges: tuple[Charge, ...]
    apart: dict[str, Decimal]
    account_apart: dict[str, Decimal]
    account_untagged_usd: Decimal

    @property
    def usd(self) -> Decimal:
        """All that was used, before what is apart."""
        return total(self.charges)


def total(charges: Iterable[Charge]) -> Decimal:
    """What charges come to."""
    return sum((charge.usd for charge in charges), Decimal(0))


def service_of(name: str) -> str:
    """Our name of a service.

    >>> service_of("Amazon DynamoDB"), service_of("AmazonStates"), service_of("Amazon Braket")
    ('dynamodb', 'stepfunctions', 'Amazon Braket')
    """
    return _OURS.get(name, name)
