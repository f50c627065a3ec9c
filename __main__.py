"""Entry point of ``pulumi up``."""

import os

import pulumi

from headwater.errors import HeadwaterError
from infra.stacks.program import program

try:
    program(os.environ)
except HeadwaterError as error:
    # Pulumi shows this by its message; of another error it would show where it was raised.
    raise pulumi.RunError(str(error)) from error
