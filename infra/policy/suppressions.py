"""What Checkov finds and we leave as it is, each with the reason. What is not here is to be mended.

`infra.terraform.checkov` applies them and refuses one that nothing needs any more.
"""

from typing import NamedTuple


class Suppression(NamedTuple):
    """Findings of one check that are left as they are.

    Attributes:
        check: Checkov's id of the check.
        resources: Names of the resources, with ``*`` for any text. Each has to be found.
        environments: Environments, in each of which each resource has to be found; empty: in any.
        reason: Why they stay.
        chosen: They are of what an adopter may choose and no environment here has, so none of them has to be found.
    """

    check: str
    resources: tuple[str, ...]
    reason: str
    environments: tuple[str, ...] = ()
    chosen: bool = False


_FUNCTIONS = ("*lookup-lookup-function", "*stream-stream-function")
_WITH_NETWORK = ("dev", "prod", "staging")
_NOT_PROD = ("dev", "local", "staging")
_BETWEEN_WORKERS = (
    "the workers of a job talk to one another on ports of their choice: the rule names its own security group as "
    "the only source, in a property that the check does not read"
)
_FOLLOWS = "it follows the first region's cache in a Global Datastore, and has encryption from there: to say it again is refused"
_ON_THIS_MACHINE = "the cache of the local cloud is a Redis on this machine, asked through 127.0.0.1"

SUPPRESSIONS = (
    Suppression(
        "CKV2_AWS_34",
        ("*outputs-*",),
        "names and addresses for whoever uses the platform; what is secret is in none of them, and the policy "
        "`no-secret-in-the-open` holds the functions that are told the same to it",
    ),
    Suppression(
        "CKV2_AWS_5",
        ("headwater-*-network-jobs-group",),
        "Glue puts it on the interfaces of its jobs, through its connection; the check does not know connections",
        _WITH_NETWORK,
    ),
    Suppression(
        "CKV2_AWS_5",
        ("headwater-*-us-west-2-network-cache-group",),
        "a pilot light has a place for a cache and no cache: another `recoveryMode` puts one there",
        ("staging",),
    ),
    Suppression(
        "CKV2_AWS_50",
        ("cache-group",),
        "one node: what a cache loses is filled again from the event log, and here nobody waits for it",
        ("dev", "local"),
    ),
    Suppression(
        "CKV2_AWS_62",
        ("*offline-bucket",),
        "nobody would listen: jobs take what has landed by the clock, many small files at once",
    ),
    Suppression(
        "CKV_AWS_115",
        ("*stream-stream-function",),
        "as many run at once as the stream has shards; a reservation would be taken from everything else",
    ),
    Suppression(
        "CKV_AWS_115",
        ("*lookup-lookup-function",),
        "`lookupReserved` reserves where others in the account could take what it needs",
        _NOT_PROD,
    ),
    Suppression(
        "CKV_AWS_116",
        _FUNCTIONS,
        "that queue is for asynchronous calls, of which there are none: a lookup is waited for, and what the stream "
        "gives up goes to the dead letters of its event source mapping",
    ),
    Suppression("CKV_AWS_117", _FUNCTIONS, "the local cloud evaluates no network", ("local",)),
    Suppression(
        "CKV_AWS_144",
        ("*offline-bucket",),
        "`recoveryRegion`: an environment for trials has no second region",
        ("dev", "local"),
    ),
    Suppression(
        "CKV_AWS_18",
        ("*offline-bucket",),
        "who read which object is recorded by data events of the account's CloudTrail, encrypted and at once; S3's "
        "own access logs come hours later, at best effort, into a bucket that cannot be encrypted with our key",
    ),
    *(
        Suppression(check, ("headwater-*-network-jobs-from-jobs",), _BETWEEN_WORKERS, _WITH_NETWORK)
        for check in ("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260")
    ),
    Suppression(
        "CKV_AWS_272",
        _FUNCTIONS,
        "zips are built from hashed packages by the program that deploys them; a signature of the same program would "
        "say nothing more, and one by somebody else is for a pipeline of the adopter's to give",
    ),
    *(
        Suppression(check, ("us-west-2-cache-group",), _FOLLOWS, ("prod",))
        for check in ("CKV_AWS_29", "CKV_AWS_30", "CKV_AWS_31")
    ),
    Suppression("CKV_AWS_30", ("cache-group",), _ON_THIS_MACHINE, ("local",)),
    Suppression("CKV_AWS_31", ("cache-group",), _ON_THIS_MACHINE, ("local",)),
    Suppression(
        "CKV_AWS_319",
        ("jobs-alarms-materialize-stays-out",),
        "the clock is off, so nothing is expected to run",
        ("dev", "local"),
    ),
    Suppression(
        "CKV_AWS_319",
        ("us-west-2-jobs-alarms-materialize-stays-out",),
        "in the second region the clock is off as long as it follows the first",
        ("prod", "staging"),
    ),
    Suppression(
        "CKV_AWS_338",
        ("*cache-*-log", "*jobs-machine-logs", "*lookup-lookup-logs", "*stream-stream-logs"),
        "`logRetentionDays`: nobody asks what an environment for trials did last year",
        _NOT_PROD,
    ),
    Suppression(
        "CKV_AWS_338",
        ("headwater-*-network-flows-group",),
        "`logRetentionDays`, as for the other logs",
        ("dev", "staging"),
    ),
    Suppression(
        "CKV_AWS_338", ("experiments-logs",), "`logRetentionDays`, as for the other logs", ("staging",)
    ),
    Suppression(
        "CKV_AWS_309",
        ("*lookup-api-open-*",),
        "health checks cannot sign; two paths answer with a status and nothing else, from a function of their own",
        chosen=True,
    ),
    Suppression(
        "CKV_AWS_116",
        ("*health-health-function",),
        "that queue is for asynchronous calls, of which there are none: whoever checks waits for the answer",
        chosen=True,
    ),
    Suppression(
        "CKV_AWS_272",
        ("*health-health-function",),
        "as for the other functions: built by the program that deploys it",
        chosen=True,
    ),
    Suppression(
        "CKV_AWS_116",
        ("*figures-copy-function",),
        "the next minute's run copies what a failed one would have copied, and an alarm tells when none does",
        ("prod", "staging"),
    ),
    Suppression(
        "CKV_AWS_117",
        ("*figures-copy-function",),
        "it asks CloudWatch of two regions and nothing of ours; from a network of ours there is no way to the other region",
        ("prod", "staging"),
    ),
    Suppression(
        "CKV_AWS_272",
        ("*figures-copy-function",),
        "as for the other functions: built by the program that deploys it",
        ("prod", "staging"),
    ),
    Suppression(
        "CKV_AWS_338", ("*figures-copy-logs",), "`logRetentionDays`, as for the other logs", ("staging",)
    ),
)
