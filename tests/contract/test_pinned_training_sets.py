"""Training sets built again from a tag: the same rows, whatever became of the log, by either engine."""

import time
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from headwater.errors import InputError
from headwater.offline.point_in_time import training_set
from headwater.offline.spark import engine
from headwater.offline.spark.upkeep import IcebergUpkeep
from headwater.offline.types import INSTANT
from headwater.registry import Registry
from tests.spark import PREFIX, USES_SPARK
from tests.spark_places import REGISTRY, START, Place, sales, sales_registry

pytestmark = USES_SPARK

LABELS = pa.table(
    {
        "row": pa.array(range(3), pa.int64()),
        "shop": ["é", "é", "other"],
        "event_time": pa.array([START + timedelta(hours=hours) for hours in (2, 5, 5)], INSTANT),
    }
)


def _on_spark(
    place: Place, tag: str, *, create: bool = False, registry: Registry = REGISTRY
) -> list[dict[str, Any]]:
    log = place.log(registry).tagged("model", tag, create=create)
    made = engine.training_set(place.frame(LABELS), registry, "model", log, mode="as_happened")
    return list(place.frames.to_arrow(made, "row").to_pylist())


def _on_one_machine(
    place: Place, tag: str, *, create: bool = False, registry: Registry = REGISTRY
) -> list[dict[str, Any]]:
    log = place.on_one_machine(registry).tagged("model", tag, create=create)
    found: pa.Table = training_set(LABELS, registry, "model", log, mode="as_happened")
    return list(found.to_pylist())


@pytest.mark.parametrize("tagged_by", [_on_spark, _on_one_machine])
def test_rows_stay_the_same_though_the_log_grows_is_compacted_and_expired(
    glue: Place, tagged_by: Any
) -> None:
    for first in (0, 2):
        glue.log().append_new("sales", glue.frame(sales(2, first=first)))
    before = tagged_by(glue, "model-1", create=True)
    glue.log().append_new("sales", glue.frame(sales(4, first=3)))
    upkeep = IcebergUpkeep(glue.session, PREFIX)
    upkeep.run(glue.table, now_ms=int(time.time() * 1000) + 60_000, keep_ms=0, keep_snapshots=1, min_files=2)
    assert _on_spark(glue, "model-1") == before
    assert _on_one_machine(glue, "model-1") == before
    assert _on_spark(glue, "model-2", create=True) != before


def test_a_tag_of_an_empty_log_reads_nothing_later(glue: Place) -> None:
    before = _on_spark(glue, "empty", create=True)
    glue.log().append_new("sales", glue.frame(sales(4)))
    assert _on_spark(glue, "empty") == _on_one_machine(glue, "empty") == before


def test_a_tag_made_again_is_the_one_that_is_there(place: Place) -> None:
    place.log().append_new("sales", place.frame(sales(2)))
    before = _on_spark(place, "model-1", create=True)
    place.log().append_new("sales", place.frame(sales(4)))
    assert _on_spark(place, "model-1", create=True) == before


@pytest.mark.parametrize("read", [_on_spark, _on_one_machine])
def test_tags_that_are_not_there_or_do_not_fit_are_refused(glue: Place, read: Any) -> None:
    glue.log().append_new("sales", glue.frame(sales(2)))
    read(glue, "model-1", create=True)
    with pytest.raises(InputError, match="no training set was tagged 'model-2'; found model-1"):
        read(glue, "model-2")
    with pytest.raises(InputError, match="tag 'a b': expected 1 to 64"):
        read(glue, "a b", create=True)
    with pytest.raises(InputError, match="tag 'model-1': sales had other definitions then"):
        read(glue, "model-1", registry=sales_registry(window="2h"))
