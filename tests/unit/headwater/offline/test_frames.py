"""Label rows as Arrow, pandas and Polars: what goes in comes out, with features."""

from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from headwater.errors import InputError
from headwater.offline import frames

TABLE = pa.table({"row": [1, 2], "name": ["a", None]})


@pytest.mark.parametrize(
    "labels",
    [TABLE, pd.DataFrame({"row": [1, 2], "name": ["a", None]}, index=[7, 3]), pl.DataFrame({"row": [1, 2]})],
)
def test_a_frame_comes_back_as_its_own_kind(labels: Any) -> None:
    table = frames.to_arrow(labels)
    found = frames.like(labels, table.append_column("feature", pa.array([1.5, None])))
    assert type(found) is type(labels)
    assert frames.to_arrow(found)["feature"].to_pylist()[0] == 1.5
    if isinstance(labels, pd.DataFrame):
        assert found.index.tolist() == [7, 3]


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(InputError, match="found list, expected an Arrow table or a pandas or Polars"):
        frames.to_arrow([{"row": 1}])
