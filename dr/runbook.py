"""The runbook, written from the plans; a test says when the committed one is not what they say any more."""

from pathlib import Path

from dr import plan, targets
from dr.actions import Action
from dr.limits import Limits
from dr.plan import Plan, Step

FILE = Path("docs") / "runbook.md"

_HEAD = """\
# Runbook: losing a region, and going back

Written from `dr/plan.py` by `python -m dr runbook`; edit the plan, not this page. What each step found and decided goes
into the journal, line by line, before the next begins. If the operator's machine dies, the same command with the same
`--run` goes on where it stopped. Without `--yes` a command asks first; `--dry-run` changes nothing.
"""


def text() -> str:
    """The runbook."""
    return "\n".join([_HEAD, _limits(), *[_plan(one) for one in plan.PLANS.values()]])


def _limits() -> str:
    limits = Limits()
    least, most = targets.ROUTE_53_S
    return f"""\
## Limits

Preflight refuses a region whose copies were more than {limits.lag_s:g} s behind when the other was last well, whose
stream function may run less than {limits.concurrency} at once, whose table is ready for fewer than
{limits.writes_per_second} writes a second where it says so, or whose cache has more than
{limits.memory_share:.0%} of its memory in use. Where the other one does not answer, figures that were copied from it are
compared with, if the newest is from the {limits.figures_s:g} s before it was last well. `--force REASON` overrules it and
is recorded.

From the alarm until an event is counted in the other region: at most {targets.RTO_S:.0f} s. Route 53 needs {least} to
{most} s before that (three checks, 10 to 30 s apart), and callers' resolvers may keep an old answer for up to {targets.RESOLVERS_S} s more.
"""


def _plan(one: Plan) -> str:
    steps = "\n".join(_step(number, step) for number, step in enumerate(one.steps, 1))
    return f"## {one.name.capitalize()}\n\n{one.purpose}\n\n{steps}"


def _step(number: int, step: Step) -> str:
    calls = ", ".join(f"`{each.api}` ({_about(each)})" for each in step.actions)
    optional = " If it cannot be done, the run goes on." if step.optional else ""
    return (
        f"{number}. **{step.name}** ({step.owner}; clock: {step.clock}). {step.does}{optional}\n"
        f"   - Before: {step.before}\n"
        f"   - Calls: {calls or 'none of its own'}\n"
        f"   - Again: {step.idempotent}\n"
    )


def _about(action: Action) -> str:
    return ", ".join(
        filter(None, (action.where, "control plane" if action.control_plane else "", action.when))
    )
