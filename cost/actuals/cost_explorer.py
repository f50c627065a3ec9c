"""A bill from Cost Explorer. Each request costs money; how many there were is told."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from cost.actuals.charges import APART, UNTAGGED, Bill, Charge, service_of
from cost.actuals.months import Month
from cost.errors import BillError

_COST, _QUANTITY = "UnblendedCost", "UsageQuantity"
_NOT_APART = {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": list(APART)}}}


class CostExplorerClient(Protocol):
    """What is used of boto3's client ``ce``."""

    def get_cost_and_usage(self, **request: Any) -> dict[str, Any]:
        """See AWS."""


class _Group(NamedTuple):
    keys: tuple[str, ...]
    usd: Decimal
    quantity: Decimal
    unit: str


class CostExplorer:
    """Asks for bills.

    Args:
        client: boto3's client ``ce``.
    """

    def __init__(self, client: CostExplorerClient) -> None:
        self._client = client
        self._requests = 0

    def asked(self) -> str:
        """How many requests there were."""
        return (
            f"Cost Explorer: {self._requests} requests; each costs `costexplorer.requests` of the price list"
        )

    def read(self, environment: str, month: Month) -> Bill:
        """Read what an environment was charged.

        A request groups by two things at most, so there is one for each service.

        Args:
            environment: Value of the tag ``environment``.
            month: Whole, or as far as it is over.

        Raises:
            BillError: AWS refuses, or an amount is not in US dollars.
        """
        ours = {"Tags": {"Key": "environment", "Values": [environment]}}
        charges: list[Charge] = []
        for found in self._ask(month, ["SERVICE"], {"And": [ours, _NOT_APART]}):
            [service] = found.keys
            only = {"Dimensions": {"Key": "SERVICE", "Values": [service]}}
            groups = self._ask(month, ["$component", "USAGE_TYPE"], {"And": [ours, only, _NOT_APART]})
            charges += (_charge(service, group) for group in groups)
        apart: dict[str, Decimal] = {}
        account_apart: dict[str, Decimal] = {}
        untagged_usd = Decimal(0)
        for group in self._ask(month, ["RECORD_TYPE", "$environment"], None):
            kind, tag = group.keys
            if kind in APART and tag == environment:
                apart[kind] = apart.get(kind, Decimal(0)) + group.usd
            elif kind in APART and not tag:
                account_apart[kind] = account_apart.get(kind, Decimal(0)) + group.usd
            elif not tag:
                untagged_usd += group.usd
        return Bill(
            environment=environment,
            month=month,
            source="Cost Explorer, unblended",
            charges=tuple(sorted(charges, key=lambda each: each.identity)),
            apart=apart,
            account_apart=account_apart,
            account_untagged_usd=untagged_usd,
        )

    def _ask(self, month: Month, groups: Sequence[str], chosen: dict[str, Any] | None) -> Iterator[_Group]:
        request: dict[str, Any] = {
            "TimePeriod": {"Start": month.start.isoformat(), "End": month.end.isoformat()},
            "Granularity": "MONTHLY",
            "Metrics": [_COST, _QUANTITY],
            "GroupBy": [_grouped(name) for name in groups],
        }
        if chosen is not None:
            request["Filter"] = chosen
        while True:
            try:
                answer = self._client.get_cost_and_usage(**request)
            except (BotoCoreError, ClientError) as error:
                raise BillError(
                    f"Cost Explorer, {month} by {', '.join(groups)}: {error}; it has to be turned on in the account, and "
                    "ce:GetCostAndUsage allowed"
                ) from error
            self._requests += 1
            for period in answer["ResultsByTime"]:
                yield from map(_group, period["Groups"])
            if not answer.get("NextPageToken"):
                return
            request["NextPageToken"] = answer["NextPageToken"]


def _grouped(name: str) -> dict[str, str]:
    """A tag is written with a dollar, as answers have it."""
    if name.startswith("$"):
        return {"Type": "TAG", "Key": name[1:]}
    return {"Type": "DIMENSION", "Key": name}


def _group(answer: dict[str, Any]) -> _Group:
    # A tag's value comes as `component$cache`, and as `component$` where there is none.
    keys = tuple(key.partition("$")[2] if "$" in key else key for key in answer["Keys"])
    cost, used = answer["Metrics"][_COST], answer["Metrics"][_QUANTITY]
    if cost["Unit"] != "USD":
        raise BillError(
            f"Cost Explorer, {' / '.join(keys)}: found an amount in {cost['Unit']}, expected USD; estimates are in USD"
        )
    return _Group(keys, Decimal(cost["Amount"]), Decimal(used["Amount"]), used["Unit"])


def _charge(service: str, group: _Group) -> Charge:
    component, usage_type = group.keys
    return Charge(
        component=component or UNTAGGED,
        service=service_of(service),
        usage_type=usage_type,
        usd=group.usd,
        quantity=group.quantity,
        unit=group.unit,
    )
