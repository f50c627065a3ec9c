"""What is done when a region is lost, when producers are moved on purpose, and on the way back: plans as data.

The runbook is written from here, the operator runs what stands here, and the journal names these steps. Serving waits
for none of the control-plane calls.
"""

from typing import Literal, NamedTuple

Clock = Literal["detect", "decide", "execute", "verify", "failback"]
Where = Literal["lost region", "surviving region", "producers"]


class Action(NamedTuple):
    """A call of an API.

    Attributes:
        api: As IAM names it; a command of Redis or the like by its name.
        where: In which region.
        control_plane: Whether it changes how things are set up, rather than what they hold.
    """

    api: str
    where: Where
    control_plane: bool = False


class Step(NamedTuple):
    """One step.

    Attributes:
        name: In journal, report and runbook.
        owner: Who sees to it.
        does: What is done.
        before: What has to be so before.
        actions: Calls it makes.
        idempotent: Why it may be done again.
        clock: Under which it is timed.
        optional: Whether the run goes on if it cannot be done.
    """

    name: str
    owner: str
    does: str
    before: str
    actions: tuple[Action, ...]
    idempotent: str
    clock: Clock
    optional: bool = False


class Plan(NamedTuple):
    """Steps in their order.

    Attributes:
        name: For the command line.
        purpose: When it is run.
        steps: In order.
    """

    name: str
    purpose: str
    steps: tuple[Step, ...]


_DATABASE = Action("dynamodb:BatchGetItem", "surviving region")
_WRITE = Action("dynamodb:PartiQLUpdate", "surviving region")

_PREFLIGHT = Step(
    "preflight",
    "operator",
    "Compares what the surviving region can take with what it will get: concurrency, the table's state and capacity, "
    "memory of the cache, replication lag when the other region was last well.",
    "The health checks say that the region is lost, or the switch is planned.",
    (
        Action("lambda:GetFunctionConcurrency", "surviving region"),
        Action("dynamodb:DescribeTable", "surviving region"),
        _DATABASE,
        Action("INFO (Redis)", "surviving region"),
    ),
    "It only reads.",
    "decide",
)
_POINT = Step(
    "point",
    "operator",
    "Moves the producers' pointer to the surviving region, under the next epoch. Where a name leads to the lookups, they follow: "
    "health checks read the pointer there.",
    "Preflight passed, or was overruled with a reason.",
    (_DATABASE, _WRITE),
    "The epoch was decided once and is in the journal; a pointer of that epoch is left as it is.",
    "execute",
)
_CACHE = Step(
    "promote cache",
    "operator",
    "Makes the surviving region's cache a primary of its own. Until then lookups read it as it is, and the stream "
    "function's batches wait.",
    "The pointer has moved.",
    (Action("elasticache:DisassociateGlobalReplicationGroup", "surviving region", control_plane=True),),
    "A cache that is a primary already is left alone.",
    "execute",
)
_FENCE = Step(
    "fence",
    "operator",
    "Stops the stream function of the lost region, if its API answers, so that it writes no page behind the "
    "recovered ones.",
    "The pointer has moved.",
    (Action("lambda:PutFunctionConcurrency", "lost region", control_plane=True),),
    "No concurrency twice is no concurrency.",
    "execute",
    optional=True,
)
_RECOVER = Step(
    "recover",
    "operator",
    "Finds what the lost region had acknowledged, in the copied archive and in what producers ship from their "
    "outboxes; writes it down as rounds and applies them in lanes of their own.",
    "The cache is a primary.",
    (
        Action("s3:ListBucket", "surviving region"),
        Action("s3:GetObject", "surviving region"),
        Action("s3:PutObject", "surviving region"),
        Action("firehose:PutRecordBatch", "surviving region"),
        _DATABASE,
        _WRITE,
        Action("EVALSHA (Redis)", "surviving region"),
    ),
    "Rounds are never changed, and a page leaves out what it has.",
    "execute",
)
_VERIFY = Step(
    "verify",
    "operator",
    "Waits until an event that a producer put in the surviving region after the move is counted there by both stores.",
    "Everything above has ended.",
    (_DATABASE, Action("MGET (Redis)", "surviving region")),
    "It only reads.",
    "verify",
)

FAILOVER = Plan(
    "failover",
    "A region is lost, cut off, or its stores fail.",
    (_PREFLIGHT, _POINT, _CACHE, _FENCE, _RECOVER, _VERIFY),
)

SWITCH = Plan(
    "switch",
    "Producers move to the other region while both are well; nothing is lost and nothing has to be recovered.",
    (
        _PREFLIGHT,
        Step(
            "hold",
            "operator",
            "Closes the pointer: producers keep their events on their own disks.",
            "Preflight passed.",
            (_DATABASE, _WRITE),
            "As for point.",
            "execute",
        ),
        Step(
            "drain",
            "operator",
            "Waits until the stream of the region that is left has been applied to its end, and every page of it has "
            "been copied.",
            "The pointer is closed.",
            (
                Action("kinesis:GetRecords", "lost region"),
                Action("dynamodb:Scan", "lost region"),
                Action("dynamodb:BatchGetItem", "surviving region"),
            ),
            "It only reads.",
            "execute",
        ),
        _CACHE._replace(
            actions=(
                Action("elasticache:FailoverGlobalReplicationGroup", "surviving region", control_plane=True),
            ),
            before="Everything has been copied.",
            does="Makes the cache of the region that is gone to the primary, and the other its replica.",
        ),
        _POINT._replace(
            does="Opens the pointer in the region that is gone to.", before="The cache is a primary."
        ),
        _VERIFY,
    ),
)

FAILBACK = Plan(
    "failback",
    "The lost region is there again: what is on its stream is settled, its copies are made equal, and producers go back.",
    (
        Step(
            "fence",
            "operator",
            "Stops the stream function of the region that comes back: it must not apply again what was recovered.",
            "The region answers.",
            (Action("lambda:PutFunctionConcurrency", "lost region", control_plane=True),),
            "No concurrency twice is no concurrency.",
            "failback",
        ),
        Step(
            "settle",
            "producers",
            "Reads the old stream to its end where it still exists, and tells producers, who settle what they could not "
            "know: what is on it is acknowledged, the rest is put anew.",
            "The function is stopped.",
            (
                Action("s3:PutObject", "surviving region"),
                Action("kinesis:GetShardIterator", "lost region"),
                Action("kinesis:GetRecords", "lost region"),
            ),
            "What was settled is not in doubt any more.",
            "failback",
        ),
        _RECOVER._replace(
            name="last round",
            does="Recovers what came to light: events of the old stream, and of producers that were not heard of.",
            before="Producers have settled what was in doubt.",
            clock="failback",
        ),
        Step(
            "reconcile",
            "operator",
            "Lists every key whose value differs between the regions, with both values, and writes the surviving "
            "region's once more, so that it is the last one written and is what replication keeps.",
            "The last round is applied.",
            (
                Action("dynamodb:Scan", "lost region"),
                Action("dynamodb:Scan", "surviving region"),
                Action("dynamodb:UpdateItem", "surviving region"),
            ),
            "A value is written as it is, under the next revision; what has been copied meanwhile is equal.",
            "failback",
        ),
        Step(
            "rejoin cache",
            "operator",
            "Makes the cache of the region that comes back a replica of the other.",
            "The pages are reconciled.",
            (Action("elasticache:CreateReplicationGroup", "lost region", control_plane=True),),
            "A replica of that primary is left alone.",
            "failback",
        ),
        Step(
            "restart stream",
            "operator",
            "Lets the stream function of the region that comes back run again, from the end of its stream on: all that "
            "is before was recovered.",
            "The cache is a replica.",
            (
                Action("lambda:CreateEventSourceMapping", "lost region", control_plane=True),
                Action("lambda:DeleteFunctionConcurrency", "lost region", control_plane=True),
            ),
            "Nothing is put on that stream before the switch, so its end stays where it is.",
            "failback",
        ),
        Step(
            "switch back",
            "operator",
            "Runs the plan `switch` to the region that came back.",
            "All of the above.",
            (),
            "The plan's own steps are.",
            "failback",
        ),
    ),
)

ROLLBACK = Plan(
    "rollback",
    "A deployment broke the stream function; its region is well, and nobody has to leave it.",
    (
        Step(
            "restore",
            "operator",
            "Gives the stream function the code that it had before.",
            "The zip of the last deployment that worked is at hand.",
            (Action("lambda:UpdateFunctionCode", "surviving region", control_plane=True),),
            "The same code again is the same function.",
            "execute",
        ),
        Step(
            "caught up",
            "operator",
            "Waits until what the stream held when the code was restored has been applied: the event source mapping "
            "has kept every batch that failed.",
            "The code is restored.",
            (Action("kinesis:GetRecords", "surviving region"), _DATABASE),
            "It only reads.",
            "verify",
        ),
    ),
)

PLANS = {plan.name: plan for plan in (FAILOVER, SWITCH, FAILBACK, ROLLBACK)}
