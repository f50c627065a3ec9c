"""Arguments of jobs: lists and instants are one text, as Glue hands them over."""

import argparse
from pathlib import Path

import pytest

from feature_jobs import arguments
from headwater.errors import SettingsError


def test_lists_are_words_with_commas() -> None:
    assert arguments.words("sales, clicks") == ["sales", "clicks"]
    assert arguments.words("") == []


def test_tables_are_named_by_source() -> None:
    assert arguments.pairs("accounts=lake.crm.accounts,plans=s3://lake/plans/") == {
        "accounts": "lake.crm.accounts",
        "plans": "s3://lake/plans/",
    }
    for wrong in ("accounts", "accounts=", "a=b,a=c"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected name=value"):
            arguments.pairs(wrong)


def test_an_instant_says_its_offset_or_is_none() -> None:
    assert arguments.instant_us("1970-01-01T01:00:01+01:00") == 1_000_000
    assert arguments.instant_us("") is None
    for wrong in ("1970-01-01T00:00:01", "yesterday"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected RFC 3339 with an offset"):
            arguments.instant_us(wrong)


def test_a_job_that_needs_an_environment_says_so(tmp_path: Path) -> None:
    given = ["--warehouse", str(tmp_path), "--database", "db"]
    found = arguments.parse(arguments.parser("A job."), given)
    with pytest.raises(SettingsError, match="give --outputs"):
        arguments.outputs_of(found)
    found.landing = None
    with pytest.raises(SettingsError, match="give --landing or --outputs"):
        arguments.landing(found)
