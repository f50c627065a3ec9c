"""Folders of a training set: those that are named, or those of one team and no other."""

import argparse
from pathlib import Path

import msgspec
import pytest

from feature_jobs import arguments, training_folders
from headwater.errors import InputError, SettingsError
from tests.servers import outputs


def _given(*words: str) -> argparse.Namespace:
    parser = arguments.parser("A job.")
    training_folders.add_to(parser)
    return arguments.parse(parser, ["--warehouse", "w", "--database", "d", *words])


def test_without_a_team_folders_are_those_that_are_named() -> None:
    with training_folders.opened(_given("--labels", "a/", "--out", "b/")) as folders:
        assert folders == ("a/", "b/")


@pytest.mark.parametrize(
    "name", ["../risk/may", "may/june", "{may,june}", "*", "..", "", "s3://b/may", "may\n"]
)
@pytest.mark.parametrize("argument", ["--labels", "--out"])
def test_a_name_that_could_lead_out_of_the_folders_of_a_team_is_refused(
    tmp_path: Path, argument: str, name: str
) -> None:
    file = tmp_path / "outputs.json"
    file.write_bytes(msgspec.json.encode(outputs("b", "http://127.0.0.1:9")))
    words = {"--labels": "may", "--out": "may"} | {argument: name}
    given = _given(
        *(word for pair in words.items() for word in pair), "--team", "fraud", "--outputs", str(file)
    )
    with pytest.raises(InputError, match="expected 1 to 64"), training_folders.opened(given):
        pass


def test_folders_of_a_team_are_those_of_an_environment() -> None:
    given = _given("--labels", "may", "--out", "may", "--team", "fraud")
    with pytest.raises(SettingsError, match="none were given"), training_folders.opened(given):
        pass
