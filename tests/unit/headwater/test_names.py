"""Tests of `headwater.names` beyond its examples."""

from headwater import names


def test_an_entity_too_long_for_a_key_is_hashed_and_still_itself() -> None:
    long = "é" * 400
    found = names.key_part(long)
    assert found == names.entity_key([long])
    assert len(found.encode()) <= names.MAX_ENTITY_BYTES
    assert found != names.key_part(long + "x")
    assert names.key_part(found) != found  # nobody can have that name
