"""What is done when a region is lost, when producers are moved on purpose, and on the way back: plans as data.

The runbook is written from here, the operator runs what stands here, and the journal names these steps. Serving waits
for none of the control-plane calls.
"""

from typing import Literal, NamedTuple

from dr import actions
from dr.actions import Action

Clock = Literal["detect", "decide", "execute", "verify", "failback"]


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


_PREFLIGHT = Step(
    "preflight",
    "operator",
    "Compares what the surviving region can take with what the other had in its last hour: concurrency and quotas, "
    "capacity of table and stream, the cache's memory and connections; how far copies were behind when the other was "
    "last well; and whether producers write where they are to be moved from. Of a region that answers nothing, the figures are "
    "those that were copied to the surviving one. What cannot be asked counts as refused.",
    "The health checks say that the region is lost, or the switch is planned.",
    actions.PREFLIGHT,
    "It only reads.",
    "decide",
)
_POINT = Step(
    "point",
    "operator",
    "Moves the producers' pointer to the surviving region, under the next epoch. Where a name leads to the lookups, they follow: "
    "health checks read the pointer there.",
    "Preflight passed, or was overruled with a reason.",
    actions.MOVE,
    "The epoch was decided once and is in the journal; a pointer of that epoch is left as it is.",
    "execute",
)
_CACHE = Step(
    "promote cache",
    "operator",
    "Makes the surviving region's cache a primary of its own. Until then lookups read it as it is, and the stream "
    "function's batches wait. Where caches are apart, the function is stopped while the cache gets what the table has; "
    "where there is no cache, lookups read the table, and nothing is done.",
    "The pointer has moved.",
    actions.PROMOTE,
    "A cache that is a primary already is left alone.",
    "execute",
)
_FENCE = Step(
    "fence",
    "operator",
    "Stops the stream function of the lost region, if its API answers, so that it writes no page behind the "
    "recovered ones.",
    "The pointer has moved.",
    actions.changing("lost region", "lambda:PutFunctionConcurrency"),
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
    actions.RECOVER,
    "Rounds are never changed, and a page leaves out what it has.",
    "execute",
)
_VERIFY = Step(
    "verify",
    "operator",
    "Waits until an event that a producer put in the surviving region after the move is counted there by both stores.",
    "Everything above has ended.",
    (*actions.READ, *actions.surviving("MGET (Redis)")),
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
            actions.MOVE,
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
                *actions.READ,
                *actions.read_stream("lost region"),
                *actions.lost("dynamodb:BatchGetItem", "dynamodb:Scan", "MGET (Redis)"),
                *actions.surviving("dynamodb:Scan"),
                *actions.surviving("MGET (Redis)", when=actions.GLOBAL),
            ),
            "It only reads.",
            "execute",
        ),
        _CACHE._replace(
            actions=actions.SWAP,
            before="Everything has been copied.",
            does="Makes the cache of the region that is gone to the primary, and the other its replica. A cache apart gets "
            "what the table has; where there is none, nothing is done.",
        ),
        _POINT._replace(
            does="Opens the pointer in the region that is gone to.",
            before="The cache is a primary.",
            actions=actions.MOVE_ON,
        ),
        _VERIFY,
    ),
)

RELEASE = Plan(
    "release",
    "A switch holds producers back and cannot go on: they write again where they did.",
    (
        Step(
            "reopen",
            "operator",
            "Opens the pointer in the region that was to be left. The switch of that run is over; another one needs another name.",
            "The switch has not begun to promote the cache.",
            actions.MOVE_ON,
            "As for point.",
            "execute",
        ),
    ),
)

FAILBACK = Plan(
    "failback",
    "The lost region is there again: what is on its stream is settled, its copies are made equal, and producers go back.",
    (
        Step(
            "fence",
            "operator",
            "Stops the stream function of the region that comes back: it must not apply again what was recovered. Refused if "
            "producers have been moved since the failover.",
            "The region answers, and the pointer is where the failover moved it.",
            (
                *actions.READ_BOTH,
                *actions.changing("lost region", "lambda:PutFunctionConcurrency"),
                *actions.lost("lambda:GetFunctionConfiguration"),
            ),
            "No concurrency twice is no concurrency.",
            "failback",
        ),
        Step(
            "settle",
            "producers",
            "Reads the old stream to its end where it still exists, and tells producers, who settle what they could not "
            "know: what is on it is acknowledged, the rest is put anew. That the stream is gone may be said later; that it is there "
            "after all, no more.",
            "The function is stopped.",
            (
                *actions.surviving("s3:PutObject", "s3:ListBucket"),
                *actions.surviving("s3:GetObject", when=actions.TOLD),
                *actions.lost(
                    "kinesis:ListShards",
                    "kinesis:GetShardIterator",
                    "kinesis:GetRecords",
                    when=actions.BY_PRODUCERS,
                ),
            ),
            "What was settled is not in doubt any more.",
            "failback",
        ),
        _RECOVER._replace(
            name="last round",
            does="Recovers what came to light: events of the old stream, and of producers that were not heard of.",
            before="Producers have settled what was in doubt.",
            actions=(*actions.read_stream("lost region"), *actions.RECOVER),
            clock="failback",
        ),
        Step(
            "reconcile",
            "operator",
            "Lists every key whose value differs between the regions, with both values, and writes the surviving "
            "region's once more, so that it is the last one written and is what replication keeps.",
            "The last round is applied.",
            (
                *actions.lost("dynamodb:Scan", "dynamodb:BatchGetItem"),
                *actions.surviving("dynamodb:Scan", "dynamodb:UpdateItem"),
            ),
            "A value is written as it is, under the next revision; what has been copied meanwhile is equal.",
            "failback",
        ),
        Step(
            "give again",
            "operator",
            "Gives pages what they lack of all that was applied in the surviving region since the pointer moved there: the "
            "lost region has written over them where its write was the last one.",
            "The surviving region's values are the last ones written; the lost one writes no more.",
            (
                *actions.surviving("kinesis:DescribeStreamSummary"),
                *actions.read_stream("surviving region"),
                *actions.ROUNDS,
                *actions.LANDED,
            ),
            "A page says from which position to which it has each shard, and takes nothing of it twice.",
            "failback",
        ),
        Step(
            "rejoin cache",
            "operator",
            "Makes the cache of the region that comes back a replica of the other. AWS makes a secondary only anew: the old "
            "Global Datastore is dissolved, a new one is made of the surviving cache, and the old cache, named by "
            "--delete-cache, is deleted and made again in it with the settings it had. A cache apart gets what the table has; "
            "where there is none, nothing is done.",
            "The pages have all there is.",
            actions.REJOIN,
            "Each call is made only if what it brings about is not so; the cache's settings are in the journal before it is "
            "deleted.",
            "failback",
        ),
        Step(
            "restart stream",
            "operator",
            "Lets the stream function of the region that comes back run again, from the end of its stream on: all that "
            "is before was recovered. A mapping goes on where it stopped, so it is deleted and made again with the same "
            "settings, from the first second behind the last record on; an empty stream's is left as it is.",
            "The cache is a replica.",
            actions.RESTART,
            "The second is decided once and is in the journal; a mapping from there on is left alone. What a producer that "
            "nobody has told puts before that second is recovered.",
            "failback",
        ),
        Step(
            "switch back",
            "operator",
            "Runs the plan `switch` to the region that came back.",
            "All of the above.",
            actions.READ_BOTH,
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
            actions.changing("surviving region", "lambda:UpdateFunctionCode"),
            "The same code again is the same function.",
            "execute",
        ),
        Step(
            "caught up",
            "operator",
            "Waits until what the stream held when the code was restored has been applied: the event source mapping "
            "has kept every batch that failed.",
            "The code is restored.",
            (*actions.read_stream("surviving region"), *actions.READ, *actions.surviving("MGET (Redis)")),
            "It only reads.",
            "verify",
        ),
    ),
)

PLANS = {plan.name: plan for plan in (FAILOVER, SWITCH, RELEASE, FAILBACK, ROLLBACK)}
