"""Generated histories: definitions, events in order of arrival, and the questions worth asking."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

from headwater import windows
from headwater.envelope import LoggedEvent
from headwater.expressions import MAX_FLOAT, MAX_INT, MIN_INT
from headwater.online.writer import GRACE_US
from headwater.oracle import Event
from headwater.registry import Registry, ViewSpec
from tests.parity.definitions import SHOPS, USERS, registries

START_US = 1_700_000_000_000_000 // windows.DAY_US * windows.DAY_US
SHARDS = ("shard-0", "shard-1", "shard-2")


class Question(NamedTuple):
    """One row that is asked for: an instant, an entity, and the event that asks."""

    t_us: int
    entity: dict[str, Any]
    current: LoggedEvent | None


class History(NamedTuple):
    """Definitions of one view, its events in order of arrival, and questions in order of time."""

    registry: Registry
    events: list[LoggedEvent]
    questions: list[Question]

    @property
    def view(self) -> ViewSpec:
        """The one view."""
        return self.registry.views["view"]


_WHOLE = st.integers(-3, 3) | st.sampled_from([MIN_INT, MAX_INT, 2**53 + 1])
_REAL = st.floats(-1e6, 1e6) | st.sampled_from([0.0, -0.0, 5e-324, MAX_FLOAT, -MAX_FLOAT, 1e15, 1.0])
_TEXT = st.sampled_from(["", "x", "é", "\U0001f30a"])


def _often(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The values, and now and then null."""
    return st.one_of(values, values, values, values, st.none())


def _data(users: list[str], shops: list[int]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "user": st.sampled_from([*users * 4, None]),
            "shop": st.sampled_from([*shops * 4, None]),
            "whole": _often(_WHOLE),
            "real": _often(_REAL),
            "text": _often(_TEXT),
            "flag": _often(st.booleans()),
            "due": _often(st.integers(START_US, START_US + windows.DAY_US)),
        }
    )


def histories() -> st.SearchStrategy[History]:
    """Draw definitions, and a history for them."""
    return registries().flatmap(histories_of)


@st.composite
def histories_of(draw: st.DrawFn, registry: Registry) -> History:
    """Draw a history of few entities, whose events and instants crowd around edges of windows and tiles."""
    view = registry.views["view"]
    users = draw(st.lists(st.sampled_from(USERS), min_size=1, max_size=2, unique=True))
    shops = draw(st.lists(st.sampled_from(SHOPS), min_size=1, max_size=2, unique=True))
    instant = _instants(draw, view)
    events = _events(draw, _data(users, shops), instant, view)
    asked = draw(st.lists(instant, max_size=4)) + [event.event_time_us for event in events]
    for feature in view.features[:4]:
        edge = draw(st.sampled_from(events)).event_time_us + feature.window_us + feature.delay_us
        asked += [edge - 1, edge, edge + 1]
    entities: dict[str, list[Any]] = {"user": [*users * 4, None], "shop": [*shops * 4, None]}
    questions = [
        _question(draw, view, events, t_us, entities, _data(users, shops)) for t_us in sorted(set(asked))
    ]
    return History(registry, events, questions)


def _instants(draw: st.DrawFn, view: ViewSpec) -> st.SearchStrategy[int]:
    """Instants near a few places, each at an edge of a tile."""
    longest = max(feature.window_us + feature.delay_us for feature in view.features)
    widths = windows.widths_for([feature.window for feature in view.features])
    edge = st.builds(
        lambda back, width: (START_US + back) // width * width,
        st.integers(0, longest),
        st.sampled_from([widths[0], widths[-1]]),
    )
    places = draw(st.lists(edge, min_size=1, max_size=4))
    steps = [0, 0, 0, -1, 1, 500_000, windows.SECOND_US, windows.MINUTE_US, widths[0], widths[-1]]
    return st.builds(lambda place, step: place + step, st.sampled_from(places), st.sampled_from(steps))


def _events(
    draw: st.DrawFn, data: st.SearchStrategy[dict[str, Any]], instant: st.SearchStrategy[int], view: ViewSpec
) -> list[LoggedEvent]:
    longest = max(feature.window_us + feature.delay_us for feature in view.features)
    minute = windows.MINUTE_US
    lags = st.sampled_from([0, 0, 1, windows.SECOND_US, -windows.SECOND_US, 5 * minute, 60 * minute, longest])
    size = draw(st.integers(1, 20))
    times = draw(st.lists(instant, min_size=size, max_size=size))
    arrivals = sorted((time_us + draw(lags), time_us) for time_us in times)
    positions = dict.fromkeys(SHARDS, 0)
    events: list[LoggedEvent] = []
    for number, (arrival_us, time_us) in enumerate(arrivals):
        # A stream that is split goes on in shards with names of their own.
        shard = draw(st.sampled_from(SHARDS[: 1 + number % len(SHARDS)]))
        positions[shard] += draw(st.integers(1, 2**80))
        event_id = f"{draw(st.sampled_from('amz'))}{number}"
        events.append(
            LoggedEvent("source", event_id, time_us, arrival_us, shard, positions[shard], draw(data))
        )
    return events


def _question(
    draw: st.DrawFn,
    view: ViewSpec,
    events: list[LoggedEvent],
    t_us: int,
    entities: dict[str, list[Any]],
    data: st.SearchStrategy[dict[str, Any]],
) -> Question:
    """Draw who asks at an instant: an event that is under way, one that is new, or nobody."""
    entity = {key.name: draw(st.sampled_from(entities[key.name])) for key in view.keys}
    if not (view.include_current and draw(st.booleans())):
        return Question(t_us, entity, None)
    under_way = [event for event in events if t_us - GRACE_US <= event.event_time_us <= t_us]
    new = LoggedEvent("source", "new", t_us, t_us, "", 0, draw(data))
    event = draw(st.sampled_from([*under_way, new]))
    return Question(t_us, {key.name: event.data[key.column] for key in view.keys}, event)


def as_oracle(event: LoggedEvent) -> Event:
    """The event as the oracle takes it."""
    return Event(event.event_id, event.event_time_us, event.arrival_us, event.data)
