"""Roles for the people of each team, and what Lake Formation lets them read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.components.iam import Grant, allow
from infra.components.lake_grants import LakeGrants, LakeGrantsArgs
from infra.components.personas import PERSONAS, Governed, auditor_grants, grants, tables_of
from infra.components.teams import Team

TEAM_TAG = "team"
"""Tag of a session that says which team somebody is of, such as IAM Identity Center passes on."""

_SESSION_SECONDS = 4 * 3600


@dataclass(frozen=True, kw_only=True)
class GovernanceArgs:
    """Arguments of `Governance`.

    Attributes:
        prefix: First part of every name.
        teams: Who owns what.
        trust: ARNs that may take a persona's roles, by persona; a persona without any has no role.
        governed: What there is to be allowed on.
        lake_admins: ARNs that administer Lake Formation; empty: it stays out of it.
        database_name: Glue database of the offline store.
    """

    prefix: str
    teams: Sequence[Team]
    trust: Mapping[str, Sequence[str]]
    governed: Governed
    lake_admins: Sequence[str]
    database_name: pulumi.Input[str]


class Governance(pulumi.ComponentResource):
    """A role for each persona of each team; with administrators named, grants of Lake Formation for them."""

    role_arns: dict[str, pulumi.Output[str]]

    def __init__(self, name: str, args: GovernanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Create the roles and what they may do."""
        super().__init__("headwater:platform:Governance", name, None, opts)
        self._name, self._args = name, args
        self.role_arns = {}
        readers: list[tuple[str, pulumi.Output[str], list[str]]] = []
        for persona in [each for each in PERSONAS if args.trust.get(each)]:
            if persona == "auditor":
                self._role(persona, persona, None, auditor_grants(args.governed))
                continue
            for team in args.teams:
                allowed = grants(persona, team, args.governed)
                if allowed:
                    role = f"{persona}-{team.slug}"
                    arn = self._role(persona, role, team.owner, allowed)
                    readers.append((role, arn, tables_of(persona, team)))
        if args.lake_admins:
            LakeGrants(
                f"{name}-lake",
                LakeGrantsArgs(
                    role_name=f"{args.prefix}lake",
                    admins=args.lake_admins,
                    bucket_arn=args.governed.bucket_arn,
                    key_arn=args.governed.key_arn,
                    database_name=args.database_name,
                    sources=args.governed.lake_sources,
                    readers=readers,
                ),
                pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({"role_arns": self.role_arns})

    def _role(
        self, persona: str, role: str, owner: str | None, allowed: Sequence[Grant]
    ) -> pulumi.Output[str]:
        made = aws.iam.Role(
            f"{self._name}-{role}-role",
            name=f"{self._args.prefix}{role}",
            description=f"Headwater {persona}" + (f" of {owner}" if owner else ""),
            max_session_duration=_SESSION_SECONDS,
            assume_role_policy=pulumi.Output.json_dumps(_trust(self._args.trust[persona], owner)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        allow(f"{self._name}-{role}", made, allowed, self)
        self.role_arns[role] = made.arn
        return made.arn


def _trust(principals: Sequence[str], owner: str | None) -> dict[str, object]:
    """Whoever is named may take the role; one of a team's only in a session of that team."""
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"AWS": list(principals)},
        "Action": "sts:AssumeRole",
    }
    if owner:
        statement["Condition"] = {"StringEquals": {f"aws:PrincipalTag/{TEAM_TAG}": owner}}
    return {"Version": "2012-10-17", "Statement": [statement]}
