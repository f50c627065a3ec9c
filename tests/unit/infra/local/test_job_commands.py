"""What is typed for jobs and machines is checked before anything runs."""

import pytest

from headwater.errors import InputError
from infra.local.job_commands import as_object, as_pairs


@pytest.mark.parametrize("words", [["--keep-days"], ["keep-days", "3"], ["--a", "1", "2"]])
def test_arguments_that_are_no_pairs_are_refused(words: list[str]) -> None:
    with pytest.raises(InputError, match="pairs of --name and value"):
        as_pairs(words)


@pytest.mark.parametrize(("text", "said"), [("{", "give a JSON object"), ("[1]", "found a list")])
def test_an_input_that_is_no_object_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        as_object(text)
