"""A bill from the Cost and Usage Report 2.0, a table that Athena reads.

Asked through boto3, not through awswrangler, which is behind the project's Arrow and has an environment of its own: the
answer is a few hundred rows, already summed.
"""

import re
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from cost.actuals.charges import APART, UNTAGGED, Bill, Charge, service_of
from cost.actuals.months import Month
from cost.errors import BillError

_TABLE = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9]*")
_COLUMNS = (
    "environment",
    "component",
    "service",
    "usage_type",
    "kind",
    "unit",
    "quantity",
    "usd",
    "resources",
)
_POLL_SECONDS = 1.0
_DONE, _OVER = "SUCCEEDED", {"FAILED", "CANCELLED"}


class AthenaClient(Protocol):
    """What is used of boto3's client ``athena``."""

    def start_query_execution(self, **request: Any) -> dict[str, Any]:
        """See AWS."""

    def get_query_execution(self, **request: Any) -> dict[str, Any]:
        """See AWS."""

    def get_query_results(self, **request: Any) -> dict[str, Any]:
        """See AWS."""


class _Row(NamedTuple):
    environment: str
    component: str
    service: str
    usage_type: str
    kind: str
    unit: str
    quantity: str
    usd: str
    resources: str


def statement(table: str, environment: str, month: Month) -> str:
    """What is asked: an environment's charges and those without a tag, by all that a `Charge` has.

    The export has to have resource ids, as resources are counted.

    Args:
        table: Database and table, apart by a dot.
        environment: Value of the tag ``environment``.
        month: Whole, or as far as it is over.

    Raises:
        BillError: A name is none.
    """
    if not _TABLE.fullmatch(table):
        raise BillError(
            f"table {table!r}: expected database.table of lower letters, digits and _; correct --table"
        )
    if not _ENVIRONMENT.fullmatch(environment):
        raise BillError(f"environment {environment!r}: expected lower letters and digits; correct --env")
    tag = "coalesce(element_at(resource_tags, 'user_environment'), '')"
    return f"""
SELECT {tag} AS environment,
  coalesce(element_at(resource_tags, 'user_component'), '') AS component,
  line_item_product_code AS service,
  line_item_usage_type AS usage_type,
  line_item_line_item_type AS kind,
  coalesce(pricing_unit, '') AS unit,
  sum(line_item_usage_amount) AS quantity,
  sum(line_item_unblended_cost) AS usd,
  count(DISTINCT nullif(line_item_resource_id, '')) AS resources
FROM {table}
WHERE billing_period = '{month}'
  AND line_item_usage_start_date < timestamp '{month.end} 00:00:00'
  AND {tag} IN ('{environment}', '')
  AND line_item_currency_code = 'USD'
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6"""  # noqa: S608 (the names are checked above)


class Report:
    """Asks for bills.

    Args:
        client: boto3's client ``athena``.
        table: Database and table of the export.
        workgroup: Where the query runs, and what limits it.
        sleep: Waits for seconds.
    """

    def __init__(
        self, client: AthenaClient, table: str, workgroup: str, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._table = table
        self._workgroup = workgroup
        self._sleep = sleep
        self._scanned_bytes = 0

    def asked(self) -> str:
        """How much Athena has read."""
        return f"Athena: {self._scanned_bytes:,} bytes scanned; they cost `athena.scanned` of the price list"

    def read(self, environment: str, month: Month) -> Bill:
        """Read what an environment was charged.

        Raises:
            BillError: Athena refuses or fails.
        """
        text = statement(self._table, environment, month)
        try:
            rows = list(self._rows(text))
        except (BotoCoreError, ClientError) as error:
            raise BillError(f"Athena, {self._table}: {error}; correct --table or --workgroup") from error
        charges: list[Charge] = []
        apart: dict[str, Decimal] = {}
        account_apart: dict[str, Decimal] = {}
        untagged_usd = Decimal(0)
        for row in rows:
            usd = Decimal(row.usd)
            if row.kind in APART:
                sums = apart if row.environment else account_apart
                sums[row.kind] = sums.get(row.kind, Decimal(0)) + usd
            elif row.environment:
                charges.append(_charge(row))
            else:
                untagged_usd += usd
        return Bill(
            environment=environment,
            month=month,
            source=f"Cost and Usage Report {self._table}, unblended",
            charges=_merged(charges),
            apart=apart,
            account_apart=account_apart,
            account_untagged_usd=untagged_usd,
        )

    def _rows(self, text: str) -> Iterator[_Row]:
        started = self._client.start_query_execution(QueryString=text, WorkGroup=self._workgroup)
        query = {"QueryExecutionId": started["QueryExecutionId"]}
        self._wait(query)
        # The first row of the first page names the columns.
        named = False
        while True:
            answer = self._client.get_query_results(**query)
            for row in answer["ResultSet"]["Rows"]:
                values = [value.get("VarCharValue", "") for value in row["Data"]]
                if named:
                    yield _Row(*values)
                elif tuple(values) == _COLUMNS:
                    named = True
                else:
                    raise BillError(
                        f"Athena, {self._table}: found columns {', '.join(values)}, expected {', '.join(_COLUMNS)}; ask again"
                    )
            if not answer.get("NextToken"):
                return
            query["NextToken"] = answer["NextToken"]

    def _wait(self, query: dict[str, str]) -> None:
        while True:
            execution = self._client.get_query_execution(**query)["QueryExecution"]
            status = execution["Status"]
            if status["State"] == _DONE:
                self._scanned_bytes += execution.get("Statistics", {}).get("DataScannedInBytes", 0)
                return
            if status["State"] in _OVER:
                reason = status.get("StateChangeReason", "no reason given")
                raise BillError(
                    f"Athena, {self._table}: {status['State'].lower()}: {reason}; correct it and ask again"
                )
            self._sleep(_POLL_SECONDS)


def _charge(row: _Row) -> Charge:
    return Charge(
        component=row.component or UNTAGGED,
        service=service_of(row.service),
        usage_type=row.usage_type,
        usd=Decimal(row.usd),
        quantity=Decimal(row.quantity),
        unit=row.unit,
        resources=int(row.resources),
    )


def _merged(charges: list[Charge]) -> tuple[Charge, ...]:
    """One charge an identity: what was used on demand and what a savings plan covered are rows of their own."""
    found: dict[tuple[str, str, str], Charge] = {}
    for each in charges:
        known = found.get(each.identity)
        if known is None:
            found[each.identity] = each
            continue
        found[each.identity] = Charge(
            component=each.component,
            service=each.service,
            usage_type=each.usage_type,
            usd=known.usd + each.usd,
            # What takes back the price of covered use repeats its quantity, and costs less than nothing.
            quantity=known.quantity + (each.quantity if each.usd >= 0 else Decimal(0)),
            unit=known.unit or each.unit,
            resources=max(known.resources or 0, each.resources or 0),
        )
    return tuple(found[identity] for identity in sorted(found))
