"""A change of definitions while the stream runs: what serves goes on, what is new is complete or not served."""

import random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from feature_jobs.backfill import backfill
from headwater import changes, rollout
from headwater.compiler import compile_services
from headwater.definitions import Aggregation, FeatureService, FeatureView
from headwater.online import fills
from headwater.online.changes import all_tilers
from headwater.online.memory import MemoryStore
from headwater.registry import Registry
from tests.parity.comparison import Findings
from tests.parity.definitions import AGGREGATED, DERIVED, SOURCE, USER, WINDOWS
from tests.parity.histories import histories_of
from tests.parity.logs import TableLog
from tests.parity.platform import Platform

_CHANCE = st.builds(random.Random, st.integers(0, 2**32))
_FEATURES = st.lists(
    st.tuples(AGGREGATED, st.sampled_from([2, 3, 5])), min_size=1, max_size=4, unique_by=lambda each: each[0]
)


def _service(chosen: list[tuple[tuple[str | None, str], int]]) -> FeatureService:
    features = [
        Aggregation(
            column=column, function=function, n=2 if function == "last_n" else None, **WINDOWS[window]
        )
        for (column, function), window in chosen
    ]
    return FeatureService(
        name="service",
        views=[FeatureView(name="view", entity=USER, source=SOURCE, derived=DERIVED, features=features)],
    )


@given(_FEATURES, _FEATURES, st.data(), _CHANCE)
def test_old_and_new_definitions_serve_what_the_oracle_says(
    before: list[tuple[tuple[str | None, str], int]],
    after: list[tuple[tuple[str | None, str], int]],
    data: st.DataObject,
    chance: random.Random,
) -> None:
    old = compile_services([_service(before)])
    wanted = rollout.propose([_service(after)], old).registry
    assert wanted is not None
    history = data.draw(histories_of(old))
    store = MemoryStore()
    platform = Platform(history, store, "test", chance)
    findings = Findings()
    turn_us = chance.choice(history.questions).t_us
    for question in history.questions:
        platform.stream_until(question.t_us)
        if question.t_us == turn_us:
            platform.with_registry(wanted)
        values = platform.ask(question)
        if values is not None:
            findings.compare(platform.history, platform.arrived, question, values)
        if platform.history.registry.next and _is_taken_over(wanted, store, question.t_us):
            backfill(wanted, TableLog(history), [store], "test", None)
            fills.check_complete(store, "test", wanted)
            platform.with_registry(rollout.switch(wanted))
    assert findings.mismatches == []


def _is_taken_over(registry: Registry, store: MemoryStore, now_us: int) -> bool:
    """Whether the stream has met what is new, and all that came before is behind."""
    had = {tiler.name for tiler in all_tilers(structs.replace(registry, next=None))}
    new = [tiler.name for tiler in all_tilers(registry) if tiler.name not in had]
    found = fills.read(store, "test", new)
    return len(found) == len(new) and all(fill.cutover_us < now_us for fill in found.values())


@given(_FEATURES, _FEATURES)
def test_nothing_that_serves_is_filled_again(
    before: list[tuple[tuple[str | None, str], int]], after: list[tuple[tuple[str | None, str], int]]
) -> None:
    """Features that stay are read from the tiles they had; adding to them fills only what is added."""
    old = compile_services([_service(before)])
    grown = _service([*before, *[each for each in after if each[0] not in [one[0] for one in before]]])
    proposal = rollout.propose([grown], old)
    assert proposal.registry is not None
    new = proposal.registry.next or proposal.registry
    had = old.views["view"].tile_sets
    kept = {feature.name for feature in old.views["view"].features}
    view = new.views["view"]
    assert all(view.tile_sets[each.tile_set] in had for each in view.features if each.name in kept)
    assert changes.compare(structs.replace(new, next=None), new) == []
