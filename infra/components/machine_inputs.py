"""What a state machine may be given: which fields, and what may stand in them. Only that reaches a job.

Whoever may start a run of a Glue job may give it arguments that name code, and the code runs as the job's role. So
people start machines instead: each value becomes that of one argument, whose name is written here, and a value
that could be anything but a plain word is refused before a job is asked for.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

State = dict[str, Any]

CHECK, REFUSED, READ = "CheckInput", "InputRefused", "ReadInput"
ERROR = "Headwater.InputRefused"
_LONGEST = 64


class Field(NamedTuple):
    """A field of an input: a text of at most 64 characters.

    Attributes:
        name: In the input.
        argument: Of the job, that its value becomes.
        first: What the first character may be, as in a class of a regular expression.
        others: What the others may be.
        required: Whether it has to be there.
    """

    name: str
    argument: str
    first: str
    others: str
    required: bool = False


_FOLDER = ("a-z0-9", "a-z0-9_-")
_NAME = ("a-z", "a-z0-9_")
_COLUMN = ("A-Za-z_", "A-Za-z0-9_")
_TAG = ("A-Za-z0-9", "A-Za-z0-9_.-")

FIELDS: Mapping[str, Sequence[Field]] = {
    "backfill": (Field("cutover", "--cutover", "0-9", "0-9TZ:.+-"),),
    "training_set": (
        Field("service", "--service", *_NAME, required=True),
        Field("labels", "--labels", *_FOLDER, required=True),
        Field("out", "--out", *_FOLDER, required=True),
        Field("timestamp", "--timestamp", *_COLUMN),
        # Which modes there are, the job knows.
        Field("mode", "--mode", *_NAME),
        Field("tag", "--tag", *_TAG),
        Field("at_tag", "--at-tag", *_TAG),
    ),
}
"""By machine. Machines that are not here pass nothing on, whatever they are given."""


def states(machine: str, fixed: Mapping[str, str], following: str) -> dict[str, State]:
    """States that check an input, and leave the arguments it becomes at ``$.arguments``.

    Args:
        machine: Of `FIELDS`.
        fixed: Arguments that no input changes.
        following: The state after them.
    """
    fields = FIELDS[machine]
    wrong = _wrong(fields)
    known = ", ".join(f"{each.name}{' (required)' if each.required else ''}" for each in fields)
    values = ", ".join(
        [f"'{argument}': '{value}'" for argument, value in fixed.items()]
        # What is not there makes no argument.
        + [f"'{each.argument}': $states.input.{each.name}" for each in fields]
    )
    cause = (
        f"'input of {machine}: found ' & $join({wrong}, ', ') & ' wrong or missing; expected {known}, each a text "
        f"of at most {_LONGEST} letters, digits and what belongs in it; correct the input and start again'"
    )
    return {
        CHECK: {
            "Type": "Choice",
            "QueryLanguage": "JSONata",
            "Choices": [{"Condition": f"{{% $count({wrong}) = 0 %}}", "Next": READ}],
            "Default": REFUSED,
        },
        # Nothing ran and nothing is to be mended here: it is not put on the queue of failures.
        REFUSED: {"Type": "Fail", "QueryLanguage": "JSONata", "Error": ERROR, "Cause": f"{{% {cause} %}}"},
        READ: {
            "Type": "Pass",
            "QueryLanguage": "JSONata",
            "Output": f"{{% {{'arguments': {{{values}}}}} %}}",
            "Next": following,
        },
    }


def _wrong(fields: Sequence[Field]) -> str:
    """Expression for the names of fields that will not do: a wrong value, none where there has to be one, or unknown."""
    known = ", ".join(f"'{each.name}'" for each in fields)
    unknown = f"$filter($keys($states.input), function($key) {{ $not($key in [{known}]) }})"
    return f"[{', '.join([*map(_wrong_field, fields), unknown])}]"


def _wrong_field(field: Field) -> str:
    value = f"$states.input.{field.name}"
    # No `$` at the end of the pattern: in some engines it also stands before a last line break.
    fits = (
        f"$length({value}) <= {_LONGEST} and $contains({value}, /^[{field.first}]/) "
        f"and $not($contains({value}, /[^{field.others}]/))"
    )
    fits = f"($type({value}) = 'string' ? {fits} : false)"
    if not field.required:
        fits = f"($exists({value}) ? {fits} : true)"
    return f"$not{fits} ? '{field.name}'"
