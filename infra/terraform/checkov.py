"""``make checkov``: Checkov looks at the exports of all environments; what it finds is mended, or has its reason.

It reads the export itself, not a plan of it. A plan leaves out whatever is known only when it is applied, and shows
what nobody gave as null: with a plan of prod, Checkov passed over the policies of 14 roles and the encryption of the
delivery streams, and missed rules without a description. Nor is terraform needed so, a cloud, or the internet.

Writes ``build/checkov.json``; ends with 1 if a finding is neither mended nor suppressed, or a suppression is idle.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from infra.local import environments
from infra.policy.suppressions import SUPPRESSIONS, Suppression
from infra.stacks.program import program
from infra.terraform import export
from infra.terraform.conformance import ROOT
from infra.terraform.errors import ExportError

BINARY = Path(".checkov") / "bin" / "checkov"
"""In a checkout; ``make checkov`` installs it."""

_REPORT = Path("build") / "checkov.json"
_OFFLINE = {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true", "LOG_LEVEL": "ERROR"}
_FOUND_SOMETHING = 1


class Finding(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A check that a resource does not pass.

    Attributes:
        check: Checkov's id of the check.
        title: What the check demands.
        resource: Name of the resource.
        reason: Why it is left as it is; empty if it is not to be.
    """

    check: str
    title: str
    resource: str
    reason: str = ""


class Findings(msgspec.Struct, kw_only=True):
    """What Checkov says of an environment.

    Attributes:
        passed: How many checks of resources passed.
        failed: What is to be mended.
        suppressed: What is left as it is, with the reason.
    """

    passed: int = 0
    failed: list[Finding] = msgspec.field(default_factory=list)
    suppressed: list[Finding] = msgspec.field(default_factory=list)


class Report(msgspec.Struct, kw_only=True):
    """What Checkov says of every environment.

    Attributes:
        checkov: Its version.
        environments: Findings by environment.
        idle: Suppressions that suppress nothing.
    """

    checkov: str
    environments: dict[str, Findings]
    idle: list[str]

    @property
    def passed(self) -> bool:
        """Whether nothing is to be mended."""
        return not self.idle and not any(each.failed for each in self.environments.values())


def judge(
    contents: Mapping[str, Mapping[str, Any]],
    root: Path,
    suppressions: Sequence[Suppression] = SUPPRESSIONS,
) -> Report:
    """Let Checkov look at configurations, all in one run.

    Args:
        contents: Of each environment's ``main.tf.json``.
        root: Checkout with Checkov in it.
        suppressions: What is to be left as it is.

    Raises:
        ExportError: Checkov did not look at all of them.
    """
    found = _run(contents, root)
    report = Report(
        checkov=found["summary"]["checkov_version"],
        environments={environment: Findings() for environment in contents},
        idle=[],
    )
    used: set[tuple[str, str, str]] = set()
    for record in found["results"]["passed_checks"]:
        report.environments[_environment(record)].passed += 1
    for record in found["results"]["failed_checks"]:
        environment = _environment(record)
        finding = _finding(record)
        matching = list(_matching(suppressions, finding, environment))
        used |= {(each.check, pattern, environment) for each, pattern in matching}
        of = report.environments[environment]
        if matching:
            finding.reason = matching[0][0].reason
        (of.suppressed if matching else of.failed).append(finding)
    unread = [name for name, of in report.environments.items() if not of.passed]
    if unread:
        raise ExportError(
            f"checkov: no check passed in {', '.join(unread)}, so it was not read; look at its main.tf.json"
        )
    report.idle = list(_idle(suppressions, used))
    return report


def _run(contents: Mapping[str, Mapping[str, Any]], root: Path) -> dict[str, Any]:
    """What Checkov prints of configurations, each in a folder with the name of its environment."""
    with tempfile.TemporaryDirectory() as scratch:
        for environment, content in contents.items():
            folder = Path(scratch) / environment
            folder.mkdir()
            # Checkov's parser stumbles over this block, which holds no resource.
            kept = {key: value for key, value in content.items() if key != "terraform"}
            (folder / export.MAIN).write_text(json.dumps(kept, indent=2))
        done = subprocess.run(
            [
                root.resolve() / BINARY,
                *("--directory", ".", "--framework", "terraform_json", "--output", "json"),
                *("--compact", "--skip-download"),
            ],
            cwd=scratch,
            # A home of its own: neither settings of a person's nor a key to send results somewhere.
            env={"PATH": os.defpath, "HOME": scratch, **_OFFLINE},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode not in {0, _FOUND_SOMETHING} or not done.stdout.startswith("{"):
        raise ExportError(
            f"checkov: ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}; run it by hand"
        )
    found: dict[str, Any] = json.loads(done.stdout)
    if "results" not in found or found["summary"]["parsing_errors"]:
        raise ExportError(f"checkov: could not read every configuration: {done.stdout[:2000]}")
    return found


def _environment(record: Mapping[str, Any]) -> str:
    return Path(record["file_path"]).parent.name


def _finding(record: Mapping[str, Any]) -> Finding:
    return Finding(
        check=record["check_id"],
        title=record["check_name"],
        # "resource.<name>" from some checks, "<type>.<name>" from others.
        resource=record["resource"].partition(".")[2],
    )


def _matching(
    suppressions: Sequence[Suppression], finding: Finding, environment: str
) -> Iterator[tuple[Suppression, str]]:
    for each in suppressions:
        if each.check == finding.check and (not each.environments or environment in each.environments):
            for pattern in each.resources:
                if fnmatchcase(finding.resource, pattern):
                    yield each, pattern


def _idle(suppressions: Sequence[Suppression], used: set[tuple[str, str, str]]) -> Iterator[str]:
    anywhere = {(check, pattern) for check, pattern, _ in used}
    for each in suppressions:
        if each.chosen:
            continue
        for pattern in each.resources:
            if (each.check, pattern) not in anywhere:
                yield f"{each.check} of {pattern}"
            else:
                for environment in each.environments:
                    if (each.check, pattern, environment) not in used:
                        yield f"{each.check} of {pattern} in {environment}"


def main() -> int:
    """Look at every environment and show what was found."""
    contents = {name: export.read(ROOT, name, program).content for name in environments.names(ROOT)}
    report = judge(contents, ROOT)
    file = ROOT / _REPORT
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    _show(report, Console(highlight=False))
    return 0 if report.passed else 1


def _show(report: Report, console: Console) -> None:
    table = Table("environment", title=f"Checkov {report.checkov}")
    for heading in ("passed", "suppressed", "to mend"):
        table.add_column(heading, justify="right")
    for name, of in report.environments.items():
        table.add_row(name, str(of.passed), str(len(of.suppressed)), str(len(of.failed)))
    console.print(table)
    for name, of in report.environments.items():
        for each in of.failed:
            console.print(f"[red]{name}[/]: {each.resource}: {each.check} {each.title}")
    for each_idle in report.idle:
        console.print(f"[red]suppresses nothing[/]: {each_idle}; take it out of infra/policy/suppressions.py")
    console.print(f"The report is {ROOT / _REPORT}.")


if __name__ == "__main__":
    sys.exit(main())
