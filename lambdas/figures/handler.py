"""Entry point of the function of figures: the clock calls it, and what it copied is a line of its log."""

import json
import time
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from headwater.settings import Variables
from headwater.stream.figures import FigureCopies
from lambdas.figures.settings import FiguresSettings

_CONFIG = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
"""A region that is lost answers nothing, and the next run is a minute away."""


@cache
def copies() -> FigureCopies:
    """Wire it once per execution environment."""
    given = FiguresSettings.read(Variables())
    there = boto3.client("cloudwatch", region_name=given.of.region, config=_CONFIG)
    here = boto3.client("cloudwatch", region_name=given.region, config=_CONFIG)
    return FigureCopies(there, here, given.of, given.region, given.alarms)


def handle(_event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Copy the last hour. What fails is the run's failure: no figure is left, and an alarm looks for them."""
    copied = copies().run(time.time())._asdict()
    print(json.dumps(copied))  # noqa: T201 (a function's log is its standard output)
    return copied
