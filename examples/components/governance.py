"""Roles for the data scientists of a team, and for an auditor."""

from pathlib import Path

from headwater import names, registry
from infra.components.governance import Governance, GovernanceArgs
from infra.components.job_machines import machines
from infra.components.personas import Governed
from infra.components.teams import teams_of


def declare() -> None:
    """Declare them."""
    definitions = registry.load(Path("features/registry.json"))
    teams = teams_of(definitions, "ml-platform")
    Governance(
        "people",
        GovernanceArgs(
            prefix="headwater-lab-",
            teams=teams,
            trust={
                "scientist": ["arn:aws:iam::123456789012:role/data-science"],
                "auditor": ["arn:aws:iam::210987654321:root"],
            },
            governed=Governed(
                region="eu-west-1",
                account_id="123456789012",
                environment="lab",
                stream_arn="arn:aws:kinesis:eu-west-1:123456789012:stream/headwater-lab-events",
                bucket_arn="arn:aws:s3:::headwater-lab-offline-123456789012",
                key_arn="arn:aws:kms:eu-west-1:123456789012:key/lab",
                lookup_arn="arn:aws:lambda:eu-west-1:123456789012:function:headwater-lab-lookup:live",
                machine_arns={
                    machine.name: (
                        f"arn:aws:states:eu-west-1:123456789012:stateMachine:headwater-lab-{machine.slug}"
                    )
                    for machine in machines([team.slug for team in teams])
                },
                job_names={"training_set": "headwater-lab-training-set"},
                dashboard_name="headwater-lab",
                lake_sources=[],
            ),
            lake_admins=[],
            database_name=names.glue_database("lab"),
        ),
    )
