"""Entry point of ``pulumi up``."""

from infra.stacks.program import program

program()
