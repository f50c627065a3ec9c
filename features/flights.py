"""Features of flights out of New York's airports, for a model of late arrivals.

How late a flight *arrives* is known only when it has landed, hours after it left. Its event is
therefore dated to the departure and counted with a delay of 12 h, longer than all but twelve of the year's
flights took (nine of them diverted). At training time, too, no feature knows a landing that had not happened yet.
"""

from headwater.definitions import Aggregation, Entity, EventSource, FeatureService, FeatureView, aggregations

WINDOWS = ("1h", "6h", "1d", "7d")
LANDED = "12h"
OWNER = "flight-operations"

airport = Entity(name="airport", keys={"origin": "string"}, description="Airport a flight departs from.")
carrier = Entity(name="carrier", keys={"carrier": "string"}, description="Airline that operates the flight.")
aircraft = Entity(name="aircraft", keys={"tailnum": "string"}, description="Aircraft, by its tail number.")

departures = EventSource(
    name="departures",
    columns={
        "origin": "string",
        "carrier": "string",
        "tailnum": "string",
        "dest": "string",
        "flight_number": "int64",
        "dep_delay": "float64",
        "cancelled": "bool",
        "distance": "float64",
    },
    description="One event a scheduled flight, at the instant it left, or should have left if it was cancelled.",
    owner=OWNER,
)
landings = EventSource(
    name="landings",
    columns={
        "origin": "string",
        "carrier": "string",
        "tailnum": "string",
        "dest": "string",
        "arr_delay": "float64",
        "late": "int64",
    },
    description="One event a flight that landed: dated to its departure, received on landing.",
    owner=OWNER,
)
weather = EventSource(
    name="weather",
    columns={
        "origin": "string",
        "temp": "float64",
        "wind_speed": "float64",
        "precip": "float64",
        "visib": "float64",
    },
    description="Hourly observation at an airport.",
    owner=OWNER,
)


def departures_of(entity: Entity) -> FeatureView:
    """Departures and their delays of one kind of entity."""
    return FeatureView(
        name=f"{entity.name}_departures",
        entity=entity,
        source=departures,
        features=(
            *aggregations(None, ["count"], over=WINDOWS),
            *aggregations("dep_delay", ["mean", "max"], over=WINDOWS),
        ),
        description=f"Departures and departure delays (minutes) of the {entity.name}.",
        owner=OWNER,
    )


def landings_of(entity: Entity) -> FeatureView:
    """Arrival delays of one kind of entity, counted once they are known."""
    return FeatureView(
        name=f"{entity.name}_landings",
        entity=entity,
        source=landings,
        features=(
            *aggregations("late", ["count", "mean"], over=("1d", "7d"), delay=LANDED),
            *aggregations("arr_delay", ["mean"], over=("1d", "7d"), delay=LANDED),
        ),
        description=f"Share of late arrivals and mean arrival delay (minutes) of the {entity.name}.",
        owner=OWNER,
    )


airport_weather = FeatureView(
    name="airport_weather",
    entity=airport,
    source=weather,
    features=tuple(
        Aggregation(column=column, function="last", window="3h")
        for column in ("temp", "wind_speed", "precip", "visib")
    ),
    description="Latest hourly observation at the airport, unless it is more than 3 h old.",
    owner=OWNER,
)

flight_delay = FeatureService(
    name="flight_delay",
    views=(
        *(departures_of(entity) for entity in (airport, carrier, aircraft)),
        *(landings_of(entity) for entity in (airport, carrier, aircraft)),
        airport_weather,
    ),
    description="Will this flight arrive more than 15 minutes late?",
    owner=OWNER,
)
