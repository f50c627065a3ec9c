"""Definition of the state machine of a game day, in Amazon States Language: data made of names, and nothing else.

It begins nothing while anything is wrong already, tells before it breaks something and after, and waits for the end. What is done about it meanwhile is
people's: the runbook.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

State = dict[str, Any]

CHECK, REFUSED, LOOK, ALL_WELL = "CheckInput", "InputRefused", "LookAtAlarms", "AllWell"
TELL_NOT_NOW, NOT_NOW = "TellNotNow", "NotNow"
TELL_BEGIN, BEGIN, WAIT, FOLLOW, ENDED = "TellBegin", "Begin", "Wait", "Follow", "Ended"
TELL_END, END, DONE, FAILED = "TellEnd", "End", "Done", "Failed"
TELL_LOST = "TellLost"

ALARMS = "arn:aws:states:::aws-sdk:cloudwatch:describeAlarms"
START = "arn:aws:states:::aws-sdk:fis:startExperiment"
GET = "arn:aws:states:::aws-sdk:fis:getExperiment"
TELL = "arn:aws:states:::sns:publish"

REFUSED_ERROR, NOT_NOW_ERROR, FAILED_ERROR = (
    "Headwater.InputRefused",
    "Headwater.NotNow",
    "Headwater.GameDayFailed",
)
_POLL_SECONDS = 30
_CALL_SECONDS = 60
_MARGIN_SECONDS = 1800
_MOST_ALARMS = 100
"""What CloudWatch tells of in one answer."""

_UNDER_WAY = ("pending", "initiating", "running", "stopping")
_RETRY: State = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 4,
    "JitterStrategy": "FULL",
}


class GameDaySettings(NamedTuple):
    """What a game day is made of.

    Attributes:
        environment: In which environment.
        region: Region that something is broken in.
        templates: Experiments that may be asked for, with the ids of their templates.
        chosen: The one that is taken where the input names none.
        alarms: Alarms of the region, each of which has to be OK before anything is broken.
        topic_arn: Who is told.
        runbook: Where people read what to do.
        minutes: How long an experiment lasts.
        wait_seconds: Between two looks at an experiment.
    """

    environment: str
    region: str
    templates: Mapping[str, str]
    chosen: str
    alarms: Sequence[str]
    topic_arn: str
    runbook: str
    minutes: int
    wait_seconds: int = _POLL_SECONDS


def definition(on: GameDaySettings) -> State:
    """Define the machine.

    Its input is ``{}``, or ``{"experiment": NAME}``.

    Args:
        on: What it is made of.
    """
    return {
        "Comment": f"Headwater: game day of {on.environment} in {on.region}",
        "QueryLanguage": "JSONata",
        "StartAt": CHECK,
        "TimeoutSeconds": on.minutes * 60 + _MARGIN_SECONDS,
        "States": _before(on) | _meanwhile(on) | _after(on),
    }


def _before(on: GameDaySettings) -> dict[str, State]:
    known = json.dumps(dict(on.templates))
    alarms = json.dumps(list(on.alarms))
    asked = f"($exists($states.input.experiment) ? $states.input.experiment : {json.dumps(on.chosen)})"
    expected = f"expected one of {', '.join(on.templates)}; correct the input and start again"
    # An alarm that is not there is as little OK as one that has no data.
    well = (
        "($append($states.result.MetricAlarms, $states.result.CompositeAlarms))[StateValue = 'OK'].AlarmName"
    )
    return {
        CHECK: {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": f"{{% $exists($lookup({known}, $string({asked}))) %}}",
                    "Assign": {
                        "experiment": f"{{% {asked} %}}",
                        "template": f"{{% $lookup({known}, {asked}) %}}",
                    },
                    "Next": LOOK,
                }
            ],
            "Default": REFUSED,
        },
        REFUSED: {
            "Type": "Fail",
            "Error": REFUSED_ERROR,
            "Cause": f"{{% 'experiment: found ' & $string({asked}) & ', {expected}' %}}",
        },
        LOOK: {
            **_call(
                ALARMS,
                {
                    "AlarmNames": list(on.alarms),
                    "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
                    "MaxRecords": _MOST_ALARMS,
                },
            ),
            "Assign": {
                "unwell": f"{{% [$filter({alarms}, function($each) {{ $not($each in [{well}]) }})] %}}"
            },
            "Next": ALL_WELL,
        },
        ALL_WELL: {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $count($unwell) = 0 %}", "Next": TELL_BEGIN}],
            "Default": TELL_NOT_NOW,
        },
        TELL_NOT_NOW: {
            **_tell(on, "no game day", "'Nothing was broken: ' & $join($unwell, ', ') & ' not OK already.'"),
            "Next": NOT_NOW,
        },
        NOT_NOW: {
            "Type": "Fail",
            "Error": NOT_NOW_ERROR,
            "Cause": "{% 'alarms not OK: ' & $join($unwell, ', ') & '; see to them and start again' %}",
        },
    }


def _meanwhile(on: GameDaySettings) -> dict[str, State]:
    status = "$states.result.Experiment.State"
    begins = f"'In a moment: ' & $experiment & ', for at most {on.minutes} minutes. What to do: {on.runbook}'"
    failed = {
        "status": "failed",
        "reason": "{% $states.errorOutput.Error & ': ' & $states.errorOutput.Cause %}",
    }
    return {
        # Whoever is not told is not there: then nothing is broken.
        TELL_BEGIN: {**_tell(on, "game day begins", begins), "Next": BEGIN},
        BEGIN: {
            **_call(
                START,
                # Tried again, it is the same experiment.
                {
                    "ClientToken": "{% $states.context.Execution.Name %}",
                    "ExperimentTemplateId": "{% $template %}",
                },
            ),
            "Assign": {"id": "{% $states.result.Experiment.Id %}"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": failed, "Next": TELL_END}],
            "Next": WAIT,
        },
        WAIT: {"Type": "Wait", "Seconds": on.wait_seconds, "Next": FOLLOW},
        FOLLOW: {
            **_call(GET, {"Id": "{% $id %}"}),
            "Assign": {
                "status": f"{{% {status}.Status %}}",
                "reason": f"{{% $exists({status}.Reason) ? {status}.Reason : '' %}}",
            },
            "Catch": [{"ErrorEquals": ["States.ALL"], "Assign": failed, "Next": TELL_LOST}],
            "Next": ENDED,
        },
        ENDED: {
            "Type": "Choice",
            "Choices": [{"Condition": f"{{% $status in {json.dumps(_UNDER_WAY)} %}}", "Next": WAIT}],
            "Default": TELL_END,
        },
    }


def _after(on: GameDaySettings) -> dict[str, State]:
    ended = "$experiment & ' has ended: ' & $status & '. ' & $reason"
    lost = (
        "$experiment & ' cannot be followed: ' & $reason & '. It may still be going on: look at experiment ' & $id & "
        "', and stop it there if it is.'"
    )
    return {
        TELL_END: {**_tell(on, "game day has ended", ended), "Next": END},
        END: {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $status = 'completed' %}", "Next": DONE}],
            "Default": FAILED,
        },
        TELL_LOST: {**_tell(on, "game day is out of sight", lost), "Next": FAILED},
        DONE: {"Type": "Succeed"},
        FAILED: {
            "Type": "Fail",
            "Error": FAILED_ERROR,
            "Cause": "{% $experiment & ': ' & $status & ': ' & $reason %}",
        },
    }


def _tell(on: GameDaySettings, subject: str, message: str) -> State:
    return _call(
        TELL,
        {
            "TopicArn": on.topic_arn,
            "Subject": f"{on.environment} {on.region}: {subject}",
            "Message": f"{{% {message} %}}",
        },
    )


def _call(resource: str, arguments: State) -> State:
    return {
        "Type": "Task",
        "Resource": resource,
        "Arguments": arguments,
        "TimeoutSeconds": _CALL_SECONDS,
        "Retry": [_RETRY],
    }
