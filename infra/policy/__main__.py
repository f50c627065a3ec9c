"""The policy pack: ``pulumi preview --policy-pack infra/policy`` starts this file and asks it about each resource.

A rule that needs a value which a preview cannot know yet is skipped there with a note, and asked again by
``pulumi up``, when the value is known.
"""

import sys
from pathlib import Path

# Pulumi starts a pack as a folder, from which the rules' package cannot be seen.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import pulumi
from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

from infra.policy.declarations import Declaration
from infra.policy.rules import RULES, STACK_RULES, Rule, StackRule

_PROTECTED = ["prod"]
_PROTECTED_SCHEMA = PolicyConfigSchema(
    {"protectedStacks": {"type": "array", "items": {"type": "string"}, "default": _PROTECTED}}
)


def main() -> None:
    """Serve the rules until Pulumi has no more questions."""
    PolicyPack(
        "headwater",
        [*map(_policy, RULES), *map(_stack_policy, STACK_RULES)],
        enforcement_level=EnforcementLevel.MANDATORY,
    )


def _policy(rule: Rule) -> Policy:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if rule.protected_only and pulumi.get_stack() not in args.get_config().get(
            "protectedStacks", _PROTECTED
        ):
            return
        found = Declaration(args.resource_type, args.name, args.props, bool(args.opts.protect))
        for violation in rule.check(found):
            report(f"{args.name}: {violation}")

    schema = _PROTECTED_SCHEMA if rule.protected_only else None
    return ResourceValidationPolicy(rule.name, _summary(rule), validate, config_schema=schema)


def _stack_policy(rule: StackRule) -> Policy:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        declared = {
            each.urn: Declaration(each.resource_type, each.urn, each.props, bool(each.opts.protect))
            for each in args.resources
        }
        for found, violation in rule.check(list(declared.values())):
            report(violation, found.name)

    return StackValidationPolicy(rule.name, _summary(rule), validate)


def _summary(rule: Rule | StackRule) -> str:
    return (rule.check.__doc__ or rule.name).splitlines()[0]


main()
