"""``make conformance``: the real provider judges every environment, and makes and unmakes the local one in the local cloud.

Writes ``build/conformance.json``. Ends with 1 if the provider has anything against any of it; where there is no
terraform it says so and ends with 0.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from infra.local import environments, processes
from infra.stacks.program import declare, program
from infra.terraform import export, judge, replacements
from infra.terraform.errors import ExportError
from infra.terraform.judge import Applied, Destroyed, Verdict
from infra.terraform.replacements import Change
from infra.terraform.terraform import HOW_TO_INSTALL, PROVIDER, Terraform, installed

ROOT = Path(__file__).resolve().parents[2]
LOCAL = "local"
_REPORT = Path("build") / "conformance.json"
_FOLDER = Path("build") / "terraform"


class Report(msgspec.Struct, kw_only=True):
    """What the provider says of every environment.

    Attributes:
        provider: The provider that judged.
        environments: Verdict on each environment.
        applied: How many resources of the local environment were created in the local cloud.
        not_applied: Those the emulator cannot create, with the reason.
        apply_errors: What went wrong with the others.
        changes: What the provider would do to what was created if definitions or configuration changed.
        change_errors: What is wrong with that.
        destroyed: How many of them were destroyed again.
        destroy_errors: What was left, and why.
    """

    provider: str
    environments: dict[str, Verdict]
    applied: int = 0
    not_applied: dict[str, str] = {}
    apply_errors: list[str] = []
    changes: list[Change] = []
    change_errors: list[str] = []
    destroyed: int = 0
    destroy_errors: list[str] = []

    @property
    def passed(self) -> bool:
        """Whether every resource was validated and planned, all that can be was made and unmade, and changes replace no data."""
        judged = self.environments.values()
        whole = all(each.resources == each.validated == each.planned and not each.errors for each in judged)
        return whole and not (self.apply_errors or self.change_errors or self.destroy_errors)


def run(root: Path, names: Sequence[str], console: Console) -> Report:
    """Judge environments, and create and destroy the local one if it is among them.

    Raises:
        ExportError: An environment cannot be exported, or terraform's provider cannot be had.
    """
    report = Report(provider=PROVIDER, environments={})
    with emulator(root) as endpoint_url:
        for name in names:
            found = export.read(root, name, program)
            folder = root / _FOLDER / name
            console.print(f"{name}: {len(found.types)} resources")
            verdict = judge.validate(found, folder)
            report.provider = f"{PROVIDER} {Terraform(folder).provider_version()}"
            verdict.planned, errors = judge.plan(found, folder, endpoint_url)
            verdict.errors += errors
            report.environments[name] = verdict
            if name == LOCAL:
                applied = root / _FOLDER / f"{name}-applied"
                console.print(f"{name}: creating them in the local cloud, which takes a minute or two")
                _add(report, judge.apply(found, applied, endpoint_url))
                console.print(f"{name}: planning changes of what was created, which takes a minute or two")
                replacements.settle(found, applied, endpoint_url)
                report.changes = _changes(root, name, applied, endpoint_url)
                report.change_errors = replacements.faults(report.changes)
                console.print(f"{name}: destroying it again, which takes another one")
                # As it was applied: the last change protects what is to be destroyed.
                judge.write(judge.applicable(found), applied, endpoint_url)
                _add_destroyed(report, judge.destroy(applied))
    return report


def _add(report: Report, applied: Applied) -> None:
    report.applied, report.not_applied = applied.applied, applied.not_applied
    report.apply_errors = applied.errors
    expected = applied.resources - len(applied.not_applied)
    if not applied.errors and applied.applied != expected:
        report.apply_errors.append(f"created {applied.applied} resources, expected {expected}")


def _add_destroyed(report: Report, destroyed: Destroyed) -> None:
    report.destroyed = destroyed.destroyed
    report.destroy_errors = destroyed.errors + [f"{address}: still there" for address in destroyed.left]


def _changes(root: Path, name: str, applied: Path, endpoint_url: str) -> list[Change]:
    with tempfile.TemporaryDirectory() as scratch:
        asked = replacements.asked(root, name, declare, Path(scratch))
        return [replacements.plan(each, applied, endpoint_url) for each in asked]


@contextmanager
def emulator(root: Path) -> Iterator[str]:
    """An empty emulator for this run alone, on a free port.

    Raises:
        LocalCloudError: It is not installed, or does not start.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        port = processes.free_port()
        # Nothing is read from the cache here: its address is all that a configuration needs.
        environment = processes.emulator_environment(port, processes.free_port(), folder)
        log = folder / "emulator.log"
        record = processes.start("emulator", processes.emulator_command(root), log, environment)
        try:
            if not processes.wait_until_ready(record, port, processes.emulator_answers, log):
                raise ExportError(
                    f"emulator: ended right after its start: {log.read_text()[-500:]}; run it again"
                )
            yield f"http://{processes.HOST}:{port}"
        finally:
            processes.stop(record)


def main() -> int:
    """Run it for every environment and show the result."""
    console = Console(highlight=False)
    if not installed():
        console.print(
            f"conformance: there is no terraform on this machine, so nothing was judged; {HOW_TO_INSTALL}."
        )
        return 0
    report = run(ROOT, environments.names(ROOT), console)
    file = ROOT / _REPORT
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    _show(report, console)
    console.print(f"The report is {file}.")
    return 0 if report.passed else 1


def _show(report: Report, console: Console) -> None:
    table = Table("environment", title=f"Judged by {report.provider}")
    for heading in ("resources", "validated", "planned", "applied", "destroyed"):
        table.add_column(heading, justify="right")
    for name, verdict in report.environments.items():
        made = map(str, (report.applied, report.destroyed) if name == LOCAL else ("", ""))
        table.add_row(name, *map(str, (verdict.resources, verdict.validated, verdict.planned)), *made)
    console.print(table)
    for address, reason in report.not_applied.items():
        console.print(f"[yellow]not applied[/] {address}: {reason}")
    for name, verdict in report.environments.items():
        for place, reason in verdict.beyond_provider.items():
            console.print(f"[yellow]not judged[/] {name}: {place}: {reason}")
        for error in verdict.errors:
            console.print(f"[red]{name}[/]: {error}")
    for error in report.apply_errors:
        console.print(f"[red]apply[/]: {error}")
    replaced = sum(len(each.stateful_replaced) for each in report.changes)
    console.print(f"{len(report.changes)} plans of changes replace {replaced} resources that hold data")
    for error in report.change_errors:
        console.print(f"[red]change[/]: {error}")
    for error in report.destroy_errors:
        console.print(f"[red]destroy[/]: {error}")


if __name__ == "__main__":
    sys.exit(main())
