"""The online store in DynamoDB: one item a key, the value and its revision side by side.

Writes are PartiQL statements in batches: conditional at the price of a plain write, and each with
an outcome of its own.
"""

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from headwater.errors import StoreError, UnavailableError, UnknownOutcomeError
from headwater.online.stores import Loaded, Stored, Write, check_writes

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEYS_PER_READ = 100
_STATEMENTS_PER_WRITE = 25
_CONFLICTS = (
    "ConditionalCheckFailed",
    "DuplicateItem",
    "ConditionalCheckFailedException",
    "DuplicateItemException",
)
_THREADS = 8
# From the system: a process that is restored from a snapshot must not repeat what others draw.
_CHANCE = random.SystemRandom()

Item = TypeVar("Item")


class ReadUsage(NamedTuple):
    """What reads have cost, all told.

    Attributes:
        requests: BatchGetItem calls.
        items: Items read.
        bytes: Of their keys and values.
        units: Read units, as DynamoDB counted them.
    """

    requests: int
    items: int
    bytes: int
    units: float


class DynamoDBStore:
    """Keeps values in one table with the hash key ``k``.

    Args:
        client: boto3 client.
        table: Name of the table.
        consistent: Read what was last written (twice the read units), rather than what has spread.
        attempts: Of a throttled read or write, with jittered backoff between them.
        clock: Seconds since the epoch; expiry goes by it.

    Attributes:
        usage: What reads have cost.
    """

    name = "dynamodb"

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        consistent: bool = False,
        attempts: int = 6,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._table = table
        self._consistent = consistent
        self._attempts = attempts
        self._clock = clock
        self.usage = ReadUsage(0, 0, 0, 0.0)
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def read(self, keys: Sequence[str]) -> list[Stored | None]:
        """See `OnlineStore.read`."""
        found: dict[str, Stored] = {}
        for items in self._in_parallel(self._read_chunk, _chunks(list(dict.fromkeys(keys)), _KEYS_PER_READ)):
            found |= items
        return [found.get(key) for key in keys]

    def load(self, keys: Sequence[str], deadline_s: float | None = None) -> Loaded:
        """See `ReadableStore.load`."""
        chunks = list(_chunks(list(dict.fromkeys(keys)), _KEYS_PER_READ))
        if deadline_s is None and len(chunks) <= 1:
            found = self._read_chunk(chunks[0]) if chunks else {}
            return Loaded([found[key].value if key in found else None for key in keys])
        found, missed = self._load_in_time(chunks, deadline_s)
        unread = frozenset(place for place, key in enumerate(keys) if key in missed)
        return Loaded([found[key].value if key in found else None for key in keys], unread)

    def _load_in_time(
        self, chunks: Sequence[list[str]], deadline_s: float | None
    ) -> tuple[dict[str, Stored], set[str]]:
        """What could be read by a deadline, and the keys that could not.

        Raises:
            UnavailableError: Nothing could be read.
        """
        reading = [(chunk, self._pool().submit(self._read_chunk, chunk)) for chunk in chunks]
        found: dict[str, Stored] = {}
        missed: set[str] = set()
        failure: Exception | None = None
        for chunk, future in reading:
            left_s = None if deadline_s is None else max(deadline_s - time.monotonic(), 0)
            try:
                found |= future.result(left_s)
            except (UnavailableError, TimeoutError) as error:
                future.cancel()
                failure = error
                missed.update(chunk)
        if failure is not None and len(missed) == sum(map(len, chunks)):
            raise UnavailableError(
                f"dynamodb table {self._table!r}: {len(missed)} keys not read: {failure!r}; try again"
            ) from failure
        return found, missed

    def write(self, writes: Sequence[Write]) -> list[bool]:
        """See `OnlineStore.write`."""
        check_writes(self.name, writes)
        done = self._in_parallel(self._write_chunk, _chunks(list(writes), _STATEMENTS_PER_WRITE))
        return [outcome for chunk in done for outcome in chunk]

    def close(self) -> None:
        """See `OnlineStore.close`."""
        if self._threads:
            self._threads.shutdown()
        self._client.close()

    def _in_parallel(self, work: Callable[[Any], Item], chunks: Iterable[Any]) -> list[Item]:
        chunks = list(chunks)
        if len(chunks) <= 1:
            return [work(chunk) for chunk in chunks]
        return list(self._pool().map(work, chunks))

    def _pool(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(_THREADS)
            return self._threads

    def _read_chunk(self, keys: list[str]) -> dict[str, Stored]:
        wanted: list[dict[str, Any]] = [{"k": {"S": key}} for key in keys]
        found: dict[str, Stored] = {}
        now_s = self._clock()
        for _ in self._tries():
            try:
                answer = self._client.batch_get_item(
                    RequestItems={
                        self._table: {
                            "Keys": wanted,
                            "ConsistentRead": self._consistent,
                            "ProjectionExpression": "k, v, r, e",
                        }
                    },
                    ReturnConsumedCapacity="TOTAL",
                )
            except _errors() as error:
                raise UnavailableError(
                    f"dynamodb table {self._table!r}: {len(wanted)} keys not read: {error}; try again"
                ) from error
            self._account(answer)
            for item in answer["Responses"].get(self._table, []):
                if "e" not in item or int(item["e"]["N"]) > now_s:
                    found[item["k"]["S"]] = Stored(int(item["r"]["N"]), bytes(item["v"]["B"]))
            unprocessed = answer.get("UnprocessedKeys", {})
            wanted = (
                [dict(key) for key in unprocessed[self._table]["Keys"]] if self._table in unprocessed else []
            )
            if not wanted:
                return found
        raise UnavailableError(
            f"dynamodb table {self._table!r}: {len(wanted)} keys still throttled after {self._attempts} attempts; "
            "try again, or raise the table's capacity"
        )

    def _account(self, answer: Any) -> None:
        units = sum(capacity["CapacityUnits"] for capacity in answer.get("ConsumedCapacity", []))
        items = answer["Responses"].get(self._table, [])
        read = sum(len(item["k"]["S"].encode()) + len(item["v"]["B"]) for item in items)
        with self._lock:
            self.usage = ReadUsage(
                self.usage.requests + 1,
                self.usage.items + len(items),
                self.usage.bytes + read,
                self.usage.units + units,
            )

    def _write_chunk(self, writes: list[Write]) -> list[bool]:
        outcomes: dict[str, bool] = {}
        waiting = writes
        for _ in self._tries():
            try:
                answer = self._client.batch_execute_statement(
                    Statements=[self._statement(write) for write in waiting]
                )
            except _errors() as error:
                raise UnknownOutcomeError(
                    f"dynamodb table {self._table!r}: {len(waiting)} writes may not have been done: {error}; "
                    "read again before writing again"
                ) from error
            refused: list[Write] = []
            for write, response in zip(waiting, answer["Responses"], strict=True):
                code = response.get("Error", {}).get("Code")
                if code is None or code in _CONFLICTS:
                    outcomes[write.key] = code is None or (
                        write.expected == 0 and self._replace_expired(write)
                    )
                elif code in _REFUSALS:
                    refused.append(write)
                else:
                    raise StoreError(
                        f"dynamodb table {self._table!r}, key {write.key!r}: {code}: "
                        f"{response['Error'].get('Message')}; the batch stops here"
                    )
            waiting = refused
            if not waiting:
                return [outcomes[write.key] for write in writes]
        raise UnavailableError(
            f"dynamodb table {self._table!r}: {len(waiting)} writes still throttled after {self._attempts} attempts; "
            "try again, or raise the table's capacity"
        )

    def _statement(self, write: Write) -> Any:
        parameters: list[dict[str, Any]] = [{"B": write.value}, {"N": str(write.expected + 1)}]
        expires = [] if write.ttl_s is None else [{"N": str(self._expires_s(write.ttl_s))}]
        key = {"S": write.key}
        if write.expected == 0:
            names = "'v': ?, 'r': ?, 'e': ?, 'k': ?" if expires else "'v': ?, 'r': ?, 'k': ?"
            return {
                "Statement": f'INSERT INTO "{self._table}" VALUE {{{names}}}',
                "Parameters": [*parameters, *expires, key],
            }
        expiry = "SET e=?" if expires else "REMOVE e"
        return {
            # Only the table's name and fixed words are put in; every value is a parameter.
            "Statement": f'UPDATE "{self._table}" SET v=? SET r=? {expiry} WHERE k=? AND r=?',  # noqa: S608
            "Parameters": [*parameters, *expires, key, {"N": str(write.expected)}],
        }

    def _replace_expired(self, write: Write) -> bool:
        """Write over an item that has expired but is not deleted yet; for a reader it is absent."""
        item: dict[str, Any] = {"k": {"S": write.key}, "v": {"B": write.value}, "r": {"N": "1"}}
        if write.ttl_s is not None:
            item["e"] = {"N": str(self._expires_s(write.ttl_s))}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(k) OR e <= :now",
                ExpressionAttributeValues={":now": {"N": str(int(self._clock()))}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except _errors() as error:
            raise UnknownOutcomeError(
                f"dynamodb table {self._table!r}, key {write.key!r}: the write may not have been done: {error}; "
                "read again before writing again"
            ) from error
        return True

    def _expires_s(self, ttl_s: int) -> int:
        return int(self._clock()) + ttl_s

    def _tries(self) -> Iterator[int]:
        for attempt in range(self._attempts):
            if attempt:
                time.sleep(_CHANCE.uniform(0, 0.02 * 2**attempt))
            yield attempt


_REFUSALS = (
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingError",
    "InternalServerError",
    "TransactionConflict",
)


def _chunks(items: list[Item], size: int) -> Iterator[list[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _errors() -> tuple[type[Exception], ...]:
    # botocore is heavy: imported by whoever made the client, and here only once something failed.
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    return BotoCoreError, ClientError
