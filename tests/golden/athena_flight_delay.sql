WITH labels AS (
  SELECT
    *
  FROM lab.flights
), airport_departures__events AS (
  SELECT
    events."origin" AS k0,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.event_time) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time))
        ) * 1000000
      ) AS BIGINT)
    ) AS time_us,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.arrival) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival))
        ) * 1000000
      ) AS BIGINT)
    ) AS arrival_us,
    events.event_id AS event_id,
    TRUE AS v0,
    events."dep_delay" AS v1,
    events."dep_delay" AS v2
  FROM "headwater_prod"."events_departures" AS events
  WHERE
    (
      events.event_time > CAST('2013-11-24 00:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.event_time <= CAST('2013-12-31 23:59:59.999999 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND NOT events."origin" IS NULL
), airport_departures__asks AS (
  SELECT DISTINCT
    k0,
    CASE
      WHEN t_us BETWEEN 1385856000000000 AND 1388534400000000
      THEN t_us
      ELSE CAST(CONCAT(
        CAST('labels, column event_time: found ' AS VARCHAR),
        CAST(COALESCE(CAST(t_us AS VARCHAR), 'null') AS VARCHAR),
        CAST(', expected 1385856000000000 to 1388534400000000' AS VARCHAR)
      ) AS BIGINT)
    END AS t_us
  FROM (
    SELECT
      CAST(labels."origin" AS VARCHAR) AS k0,
      (
        CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
          (
            TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
          ) * 1000000
        ) AS BIGINT)
      ) AS t_us
    FROM labels
  ) AS asked
  WHERE
    NOT k0 IS NULL
), airport_departures__reads AS (
  SELECT
    k0,
    t_us,
    part,
    after_us,
    cell_us
  FROM (
    SELECT
      k0,
      t_us,
      part,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % step_us
        ) + step_us
      ) % step_us AS after_us,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS first_cell_us,
      (
        t_us - lag_us
      ) - (
        (
          (
            t_us - lag_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS last_cell_us
    FROM airport_departures__asks
    CROSS JOIN (VALUES
      (0, 3600000000, 300000000, 1, 300000000, 3900000000),
      (1, 3600000000, 300000000, 1, 1, 300000000),
      (2, 21600000000, 300000000, 1, 300000000, 21900000000),
      (3, 86400000000, 3600000000, 1, 3600000000, 90000000000),
      (4, 86400000000, 3600000000, 1, 1, 3600000000),
      (5, 604800000000, 3600000000, 1, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  ) AS spans
  CROSS JOIN UNNEST(ARRAY[last_cell_us, CASE
    WHEN first_cell_us < after_us AND first_cell_us < last_cell_us
    THEN first_cell_us
  END]) AS cells(cell_us)
), airport_departures__items AS (
  SELECT
    k0 AS k0,
    part AS part,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % parts.cell_us
      ) + parts.cell_us
    ) % parts.cell_us AS cell_us,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % tile_us
      ) + tile_us
    ) % tile_us AS start_us,
    GREATEST(
      arrival_us,
      (
        time_us - 1
      ) - (
        (
          (
            time_us - 1
          ) % tile_us
        ) + tile_us
      ) % tile_us + tile_us + lag_us
    ) AS known_us,
    COUNT(v0) AS v0_n,
    COUNT(v1) AS v1_n,
    SUM(CAST(v1 AS DOUBLE)) AS v1_s,
    MAX(v2) AS v2_v
  FROM airport_departures__events
  CROSS JOIN (VALUES
    (0, 3600000000, 300000000, 1, 300000000, 3900000000),
    (1, 3600000000, 300000000, 1, 1, 300000000),
    (2, 21600000000, 300000000, 1, 300000000, 21900000000),
    (3, 86400000000, 3600000000, 1, 3600000000, 90000000000),
    (4, 86400000000, 3600000000, 1, 1, 3600000000),
    (5, 604800000000, 3600000000, 1, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  GROUP BY
    1,
    2,
    3,
    4,
    5
), airport_departures__found AS (
  SELECT
    reads.k0,
    reads.t_us,
    reads.part,
    items.v0_n,
    items.v1_n,
    items.v1_s,
    items.v2_v
  FROM airport_departures__reads AS reads
  JOIN airport_departures__items AS items
    ON reads.k0 = items.k0
    AND reads.part = items.part
    AND reads.cell_us = items.cell_us
    AND items.start_us >= reads.after_us
    AND items.known_us <= reads.t_us
), airport_departures__states AS (
  SELECT
    k0,
    t_us,
    SUM(v0_n) FILTER(WHERE
      part IN (0, 1)) AS r0_n,
    SUM(v0_n) FILTER(WHERE
      part IN (2, 1)) AS r1_n,
    SUM(v0_n) FILTER(WHERE
      part IN (3, 4)) AS r2_n,
    SUM(v0_n) FILTER(WHERE
      part IN (5, 4)) AS r3_n,
    SUM(v1_n) FILTER(WHERE
      part IN (0, 1)) AS r4_n,
    SUM(v1_s) FILTER(WHERE
      part IN (0, 1)) AS r4_s,
    SUM(v1_n) FILTER(WHERE
      part IN (2, 1)) AS r5_n,
    SUM(v1_s) FILTER(WHERE
      part IN (2, 1)) AS r5_s,
    SUM(v1_n) FILTER(WHERE
      part IN (3, 4)) AS r6_n,
    SUM(v1_s) FILTER(WHERE
      part IN (3, 4)) AS r6_s,
    SUM(v1_n) FILTER(WHERE
      part IN (5, 4)) AS r7_n,
    SUM(v1_s) FILTER(WHERE
      part IN (5, 4)) AS r7_s,
    MAX(v2_v) FILTER(WHERE
      part IN (0, 1)) AS r8_v,
    MAX(v2_v) FILTER(WHERE
      part IN (2, 1)) AS r9_v,
    MAX(v2_v) FILTER(WHERE
      part IN (3, 4)) AS r10_v,
    MAX(v2_v) FILTER(WHERE
      part IN (5, 4)) AS r11_v
  FROM airport_departures__found
  GROUP BY
    k0,
    t_us
), airport_departures__answers AS (
  SELECT
    k0,
    t_us,
    CAST(COALESCE(r0_n, 0) AS BIGINT) AS airport_departures__events_count_1h,
    CAST(COALESCE(r1_n, 0) AS BIGINT) AS airport_departures__events_count_6h,
    CAST(COALESCE(r2_n, 0) AS BIGINT) AS airport_departures__events_count_1d,
    CAST(COALESCE(r3_n, 0) AS BIGINT) AS airport_departures__events_count_7d,
    CAST(r4_s AS DOUBLE) / r4_n AS airport_departures__dep_delay_mean_1h,
    CAST(r5_s AS DOUBLE) / r5_n AS airport_departures__dep_delay_mean_6h,
    CAST(r6_s AS DOUBLE) / r6_n AS airport_departures__dep_delay_mean_1d,
    CAST(r7_s AS DOUBLE) / r7_n AS airport_departures__dep_delay_mean_7d,
    r8_v AS airport_departures__dep_delay_max_1h,
    r9_v AS airport_departures__dep_delay_max_6h,
    r10_v AS airport_departures__dep_delay_max_1d,
    r11_v AS airport_departures__dep_delay_max_7d
  FROM airport_departures__states
), carrier_departures__events AS (
  SELECT
    events."carrier" AS k0,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.event_time) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time))
        ) * 1000000
      ) AS BIGINT)
    ) AS time_us,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.arrival) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival))
        ) * 1000000
      ) AS BIGINT)
    ) AS arrival_us,
    events.event_id AS event_id,
    TRUE AS v0,
    events."dep_delay" AS v1,
    events."dep_delay" AS v2
  FROM "headwater_prod"."events_departures" AS events
  WHERE
    (
      events.event_time > CAST('2013-11-24 00:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.event_time <= CAST('2013-12-31 23:59:59.999999 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND NOT events."carrier" IS NULL
), carrier_departures__asks AS (
  SELECT DISTINCT
    k0,
    CASE
      WHEN t_us BETWEEN 1385856000000000 AND 1388534400000000
      THEN t_us
      ELSE CAST(CONCAT(
        CAST('labels, column event_time: found ' AS VARCHAR),
        CAST(COALESCE(CAST(t_us AS VARCHAR), 'null') AS VARCHAR),
        CAST(', expected 1385856000000000 to 1388534400000000' AS VARCHAR)
      ) AS BIGINT)
    END AS t_us
  FROM (
    SELECT
      CAST(labels."carrier" AS VARCHAR) AS k0,
      (
        CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
          (
            TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
          ) * 1000000
        ) AS BIGINT)
      ) AS t_us
    FROM labels
  ) AS asked
  WHERE
    NOT k0 IS NULL
), carrier_departures__reads AS (
  SELECT
    k0,
    t_us,
    part,
    after_us,
    cell_us
  FROM (
    SELECT
      k0,
      t_us,
      part,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % step_us
        ) + step_us
      ) % step_us AS after_us,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS first_cell_us,
      (
        t_us - lag_us
      ) - (
        (
          (
            t_us - lag_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS last_cell_us
    FROM carrier_departures__asks
    CROSS JOIN (VALUES
      (0, 3600000000, 300000000, 1, 300000000, 3900000000),
      (1, 3600000000, 300000000, 1, 1, 300000000),
      (2, 21600000000, 300000000, 1, 300000000, 21900000000),
      (3, 86400000000, 3600000000, 1, 3600000000, 90000000000),
      (4, 86400000000, 3600000000, 1, 1, 3600000000),
      (5, 604800000000, 3600000000, 1, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  ) AS spans
  CROSS JOIN UNNEST(ARRAY[last_cell_us, CASE
    WHEN first_cell_us < after_us AND first_cell_us < last_cell_us
    THEN first_cell_us
  END]) AS cells(cell_us)
), carrier_departures__items AS (
  SELECT
    k0 AS k0,
    part AS part,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % parts.cell_us
      ) + parts.cell_us
    ) % parts.cell_us AS cell_us,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % tile_us
      ) + tile_us
    ) % tile_us AS start_us,
    GREATEST(
      arrival_us,
      (
        time_us - 1
      ) - (
        (
          (
            time_us - 1
          ) % tile_us
        ) + tile_us
      ) % tile_us + tile_us + lag_us
    ) AS known_us,
    COUNT(v0) AS v0_n,
    COUNT(v1) AS v1_n,
    SUM(CAST(v1 AS DOUBLE)) AS v1_s,
    MAX(v2) AS v2_v
  FROM carrier_departures__events
  CROSS JOIN (VALUES
    (0, 3600000000, 300000000, 1, 300000000, 3900000000),
    (1, 3600000000, 300000000, 1, 1, 300000000),
    (2, 21600000000, 300000000, 1, 300000000, 21900000000),
    (3, 86400000000, 3600000000, 1, 3600000000, 90000000000),
    (4, 86400000000, 3600000000, 1, 1, 3600000000),
    (5, 604800000000, 3600000000, 1, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  GROUP BY
    1,
    2,
    3,
    4,
    5
), carrier_departures__found AS (
  SELECT
    reads.k0,
    reads.t_us,
    reads.part,
    items.v0_n,
    items.v1_n,
    items.v1_s,
    items.v2_v
  FROM carrier_departures__reads AS reads
  JOIN carrier_departures__items AS items
    ON reads.k0 = items.k0
    AND reads.part = items.part
    AND reads.cell_us = items.cell_us
    AND items.start_us >= reads.after_us
    AND items.known_us <= reads.t_us
), carrier_departures__states AS (
  SELECT
    k0,
    t_us,
    SUM(v0_n) FILTER(WHERE
      part IN (0, 1)) AS r0_n,
    SUM(v0_n) FILTER(WHERE
      part IN (2, 1)) AS r1_n,
    SUM(v0_n) FILTER(WHERE
      part IN (3, 4)) AS r2_n,
    SUM(v0_n) FILTER(WHERE
      part IN (5, 4)) AS r3_n,
    SUM(v1_n) FILTER(WHERE
      part IN (0, 1)) AS r4_n,
    SUM(v1_s) FILTER(WHERE
      part IN (0, 1)) AS r4_s,
    SUM(v1_n) FILTER(WHERE
      part IN (2, 1)) AS r5_n,
    SUM(v1_s) FILTER(WHERE
      part IN (2, 1)) AS r5_s,
    SUM(v1_n) FILTER(WHERE
      part IN (3, 4)) AS r6_n,
    SUM(v1_s) FILTER(WHERE
      part IN (3, 4)) AS r6_s,
    SUM(v1_n) FILTER(WHERE
      part IN (5, 4)) AS r7_n,
    SUM(v1_s) FILTER(WHERE
      part IN (5, 4)) AS r7_s,
    MAX(v2_v) FILTER(WHERE
      part IN (0, 1)) AS r8_v,
    MAX(v2_v) FILTER(WHERE
      part IN (2, 1)) AS r9_v,
    MAX(v2_v) FILTER(WHERE
      part IN (3, 4)) AS r10_v,
    MAX(v2_v) FILTER(WHERE
      part IN (5, 4)) AS r11_v
  FROM carrier_departures__found
  GROUP BY
    k0,
    t_us
), carrier_departures__answers AS (
  SELECT
    k0,
    t_us,
    CAST(COALESCE(r0_n, 0) AS BIGINT) AS carrier_departures__events_count_1h,
    CAST(COALESCE(r1_n, 0) AS BIGINT) AS carrier_departures__events_count_6h,
    CAST(COALESCE(r2_n, 0) AS BIGINT) AS carrier_departures__events_count_1d,
    CAST(COALESCE(r3_n, 0) AS BIGINT) AS carrier_departures__events_count_7d,
    CAST(r4_s AS DOUBLE) / r4_n AS carrier_departures__dep_delay_mean_1h,
    CAST(r5_s AS DOUBLE) / r5_n AS carrier_departures__dep_delay_mean_6h,
    CAST(r6_s AS DOUBLE) / r6_n AS carrier_departures__dep_delay_mean_1d,
    CAST(r7_s AS DOUBLE) / r7_n AS carrier_departures__dep_delay_mean_7d,
    r8_v AS carrier_departures__dep_delay_max_1h,
    r9_v AS carrier_departures__dep_delay_max_6h,
    r10_v AS carrier_departures__dep_delay_max_1d,
    r11_v AS carrier_departures__dep_delay_max_7d
  FROM carrier_departures__states
), aircraft_departures__events AS (
  SELECT
    events."tailnum" AS k0,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.event_time) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time))
        ) * 1000000
      ) AS BIGINT)
    ) AS time_us,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.arrival) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival))
        ) * 1000000
      ) AS BIGINT)
    ) AS arrival_us,
    events.event_id AS event_id,
    TRUE AS v0,
    events."dep_delay" AS v1,
    events."dep_delay" AS v2
  FROM "headwater_prod"."events_departures" AS events
  WHERE
    (
      events.event_time > CAST('2013-11-24 00:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.event_time <= CAST('2013-12-31 23:59:59.999999 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND NOT events."tailnum" IS NULL
), aircraft_departures__asks AS (
  SELECT DISTINCT
    k0,
    CASE
      WHEN t_us BETWEEN 1385856000000000 AND 1388534400000000
      THEN t_us
      ELSE CAST(CONCAT(
        CAST('labels, column event_time: found ' AS VARCHAR),
        CAST(COALESCE(CAST(t_us AS VARCHAR), 'null') AS VARCHAR),
        CAST(', expected 1385856000000000 to 1388534400000000' AS VARCHAR)
      ) AS BIGINT)
    END AS t_us
  FROM (
    SELECT
      CAST(labels."tailnum" AS VARCHAR) AS k0,
      (
        CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
          (
            TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
          ) * 1000000
        ) AS BIGINT)
      ) AS t_us
    FROM labels
  ) AS asked
  WHERE
    NOT k0 IS NULL
), aircraft_departures__reads AS (
  SELECT
    k0,
    t_us,
    part,
    after_us,
    cell_us
  FROM (
    SELECT
      k0,
      t_us,
      part,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % step_us
        ) + step_us
      ) % step_us AS after_us,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS first_cell_us,
      (
        t_us - lag_us
      ) - (
        (
          (
            t_us - lag_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS last_cell_us
    FROM aircraft_departures__asks
    CROSS JOIN (VALUES
      (0, 3600000000, 300000000, 1, 300000000, 3900000000),
      (1, 3600000000, 300000000, 1, 1, 300000000),
      (2, 21600000000, 300000000, 1, 300000000, 21900000000),
      (3, 86400000000, 3600000000, 1, 3600000000, 90000000000),
      (4, 86400000000, 3600000000, 1, 1, 3600000000),
      (5, 604800000000, 3600000000, 1, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  ) AS spans
  CROSS JOIN UNNEST(ARRAY[last_cell_us, CASE
    WHEN first_cell_us < after_us AND first_cell_us < last_cell_us
    THEN first_cell_us
  END]) AS cells(cell_us)
), aircraft_departures__items AS (
  SELECT
    k0 AS k0,
    part AS part,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % parts.cell_us
      ) + parts.cell_us
    ) % parts.cell_us AS cell_us,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % tile_us
      ) + tile_us
    ) % tile_us AS start_us,
    GREATEST(
      arrival_us,
      (
        time_us - 1
      ) - (
        (
          (
            time_us - 1
          ) % tile_us
        ) + tile_us
      ) % tile_us + tile_us + lag_us
    ) AS known_us,
    COUNT(v0) AS v0_n,
    COUNT(v1) AS v1_n,
    SUM(CAST(v1 AS DOUBLE)) AS v1_s,
    MAX(v2) AS v2_v
  FROM aircraft_departures__events
  CROSS JOIN (VALUES
    (0, 3600000000, 300000000, 1, 300000000, 3900000000),
    (1, 3600000000, 300000000, 1, 1, 300000000),
    (2, 21600000000, 300000000, 1, 300000000, 21900000000),
    (3, 86400000000, 3600000000, 1, 3600000000, 90000000000),
    (4, 86400000000, 3600000000, 1, 1, 3600000000),
    (5, 604800000000, 3600000000, 1, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  GROUP BY
    1,
    2,
    3,
    4,
    5
), aircraft_departures__found AS (
  SELECT
    reads.k0,
    reads.t_us,
    reads.part,
    items.v0_n,
    items.v1_n,
    items.v1_s,
    items.v2_v
  FROM aircraft_departures__reads AS reads
  JOIN aircraft_departures__items AS items
    ON reads.k0 = items.k0
    AND reads.part = items.part
    AND reads.cell_us = items.cell_us
    AND items.start_us >= reads.after_us
    AND items.known_us <= reads.t_us
), aircraft_departures__states AS (
  SELECT
    k0,
    t_us,
    SUM(v0_n) FILTER(WHERE
      part IN (0, 1)) AS r0_n,
    SUM(v0_n) FILTER(WHERE
      part IN (2, 1)) AS r1_n,
    SUM(v0_n) FILTER(WHERE
      part IN (3, 4)) AS r2_n,
    SUM(v0_n) FILTER(WHERE
      part IN (5, 4)) AS r3_n,
    SUM(v1_n) FILTER(WHERE
      part IN (0, 1)) AS r4_n,
    SUM(v1_s) FILTER(WHERE
      part IN (0, 1)) AS r4_s,
    SUM(v1_n) FILTER(WHERE
      part IN (2, 1)) AS r5_n,
    SUM(v1_s) FILTER(WHERE
      part IN (2, 1)) AS r5_s,
    SUM(v1_n) FILTER(WHERE
      part IN (3, 4)) AS r6_n,
    SUM(v1_s) FILTER(WHERE
      part IN (3, 4)) AS r6_s,
    SUM(v1_n) FILTER(WHERE
      part IN (5, 4)) AS r7_n,
    SUM(v1_s) FILTER(WHERE
      part IN (5, 4)) AS r7_s,
    MAX(v2_v) FILTER(WHERE
      part IN (0, 1)) AS r8_v,
    MAX(v2_v) FILTER(WHERE
      part IN (2, 1)) AS r9_v,
    MAX(v2_v) FILTER(WHERE
      part IN (3, 4)) AS r10_v,
    MAX(v2_v) FILTER(WHERE
      part IN (5, 4)) AS r11_v
  FROM aircraft_departures__found
  GROUP BY
    k0,
    t_us
), aircraft_departures__answers AS (
  SELECT
    k0,
    t_us,
    CAST(COALESCE(r0_n, 0) AS BIGINT) AS aircraft_departures__events_count_1h,
    CAST(COALESCE(r1_n, 0) AS BIGINT) AS aircraft_departures__events_count_6h,
    CAST(COALESCE(r2_n, 0) AS BIGINT) AS aircraft_departures__events_count_1d,
    CAST(COALESCE(r3_n, 0) AS BIGINT) AS aircraft_departures__events_count_7d,
    CAST(r4_s AS DOUBLE) / r4_n AS aircraft_departures__dep_delay_mean_1h,
    CAST(r5_s AS DOUBLE) / r5_n AS aircraft_departures__dep_delay_mean_6h,
    CAST(r6_s AS DOUBLE) / r6_n AS aircraft_departures__dep_delay_mean_1d,
    CAST(r7_s AS DOUBLE) / r7_n AS aircraft_departures__dep_delay_mean_7d,
    r8_v AS aircraft_departures__dep_delay_max_1h,
    r9_v AS aircraft_departures__dep_delay_max_6h,
    r10_v AS aircraft_departures__dep_delay_max_1d,
    r11_v AS aircraft_departures__dep_delay_max_7d
  FROM aircraft_departures__states
), airport_landings__events AS (
  SELECT
    events."origin" AS k0,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.event_time) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time))
        ) * 1000000
      ) AS BIGINT)
    ) AS time_us,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.arrival) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival))
        ) * 1000000
      ) AS BIGINT)
    ) AS arrival_us,
    events.event_id AS event_id,
    events."late" AS v0,
    events."late" AS v1,
    events."arr_delay" AS v2
  FROM "headwater_prod"."events_landings" AS events
  WHERE
    (
      events.event_time > CAST('2013-11-23 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.event_time <= CAST('2013-12-31 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND NOT events."origin" IS NULL
), airport_landings__asks AS (
  SELECT DISTINCT
    k0,
    CASE
      WHEN t_us BETWEEN 1385856000000000 AND 1388534400000000
      THEN t_us
      ELSE CAST(CONCAT(
        CAST('labels, column event_time: found ' AS VARCHAR),
        CAST(COALESCE(CAST(t_us AS VARCHAR), 'null') AS VARCHAR),
        CAST(', expected 1385856000000000 to 1388534400000000' AS VARCHAR)
      ) AS BIGINT)
    END AS t_us
  FROM (
    SELECT
      CAST(labels."origin" AS VARCHAR) AS k0,
      (
        CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
          (
            TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
          ) * 1000000
        ) AS BIGINT)
      ) AS t_us
    FROM labels
  ) AS asked
  WHERE
    NOT k0 IS NULL
), airport_landings__reads AS (
  SELECT
    k0,
    t_us,
    part,
    after_us,
    cell_us
  FROM (
    SELECT
      k0,
      t_us,
      part,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % step_us
        ) + step_us
      ) % step_us AS after_us,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS first_cell_us,
      (
        t_us - lag_us
      ) - (
        (
          (
            t_us - lag_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS last_cell_us
    FROM airport_landings__asks
    CROSS JOIN (VALUES
      (0, 129600000000, 3600000000, 43200000000, 3600000000, 90000000000),
      (1, 648000000000, 3600000000, 43200000000, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  ) AS spans
  CROSS JOIN UNNEST(ARRAY[last_cell_us, CASE
    WHEN first_cell_us < after_us AND first_cell_us < last_cell_us
    THEN first_cell_us
  END]) AS cells(cell_us)
), airport_landings__items AS (
  SELECT
    k0 AS k0,
    part AS part,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % parts.cell_us
      ) + parts.cell_us
    ) % parts.cell_us AS cell_us,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % tile_us
      ) + tile_us
    ) % tile_us AS start_us,
    GREATEST(
      arrival_us,
      (
        time_us - 1
      ) - (
        (
          (
            time_us - 1
          ) % tile_us
        ) + tile_us
      ) % tile_us + tile_us + lag_us
    ) AS known_us,
    COUNT(v0) AS v0_n,
    COUNT(v1) AS v1_n,
    SUM(CAST(v1 AS DECIMAL(38, 0))) AS v1_s,
    COUNT(v2) AS v2_n,
    SUM(CAST(v2 AS DOUBLE)) AS v2_s
  FROM airport_landings__events
  CROSS JOIN (VALUES
    (0, 129600000000, 3600000000, 43200000000, 3600000000, 90000000000),
    (1, 648000000000, 3600000000, 43200000000, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  GROUP BY
    1,
    2,
    3,
    4,
    5
), airport_landings__found AS (
  SELECT
    reads.k0,
    reads.t_us,
    reads.part,
    items.v0_n,
    items.v1_n,
    items.v1_s,
    items.v2_n,
    items.v2_s
  FROM airport_landings__reads AS reads
  JOIN airport_landings__items AS items
    ON reads.k0 = items.k0
    AND reads.part = items.part
    AND reads.cell_us = items.cell_us
    AND items.start_us >= reads.after_us
    AND items.known_us <= reads.t_us
), airport_landings__states AS (
  SELECT
    k0,
    t_us,
    SUM(v0_n) FILTER(WHERE
      part IN (0)) AS r0_n,
    SUM(v0_n) FILTER(WHERE
      part IN (1)) AS r1_n,
    SUM(v1_n) FILTER(WHERE
      part IN (0)) AS r2_n,
    SUM(v1_s) FILTER(WHERE
      part IN (0)) AS r2_s,
    SUM(v1_n) FILTER(WHERE
      part IN (1)) AS r3_n,
    SUM(v1_s) FILTER(WHERE
      part IN (1)) AS r3_s,
    SUM(v2_n) FILTER(WHERE
      part IN (0)) AS r4_n,
    SUM(v2_s) FILTER(WHERE
      part IN (0)) AS r4_s,
    SUM(v2_n) FILTER(WHERE
      part IN (1)) AS r5_n,
    SUM(v2_s) FILTER(WHERE
      part IN (1)) AS r5_s
  FROM airport_landings__found
  GROUP BY
    k0,
    t_us
), airport_landings__answers AS (
  SELECT
    k0,
    t_us,
    CAST(COALESCE(r0_n, 0) AS BIGINT) AS airport_landings__late_count_1d_delayed_12h,
    CAST(COALESCE(r1_n, 0) AS BIGINT) AS airport_landings__late_count_7d_delayed_12h,
    CAST(r2_s AS DOUBLE) / r2_n AS airport_landings__late_mean_1d_delayed_12h,
    CAST(r3_s AS DOUBLE) / r3_n AS airport_landings__late_mean_7d_delayed_12h,
    CAST(r4_s AS DOUBLE) / r4_n AS airport_landings__arr_delay_mean_1d_delayed_12h,
    CAST(r5_s AS DOUBLE) / r5_n AS airport_landings__arr_delay_mean_7d_delayed_12h
  FROM airport_landings__states
), carrier_landings__events AS (
  SELECT
    events."carrier" AS k0,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.event_time) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time))
        ) * 1000000
      ) AS BIGINT)
    ) AS time_us,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.arrival) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival))
        ) * 1000000
      ) AS BIGINT)
    ) AS arrival_us,
    events.event_id AS event_id,
    events."late" AS v0,
    events."late" AS v1,
    events."arr_delay" AS v2
  FROM "headwater_prod"."events_landings" AS events
  WHERE
    (
      events.event_time > CAST('2013-11-23 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.event_time <= CAST('2013-12-31 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND NOT events."carrier" IS NULL
), carrier_landings__asks AS (
  SELECT DISTINCT
    k0,
    CASE
      WHEN t_us BETWEEN 1385856000000000 AND 1388534400000000
      THEN t_us
      ELSE CAST(CONCAT(
        CAST('labels, column event_time: found ' AS VARCHAR),
        CAST(COALESCE(CAST(t_us AS VARCHAR), 'null') AS VARCHAR),
        CAST(', expected 1385856000000000 to 1388534400000000' AS VARCHAR)
      ) AS BIGINT)
    END AS t_us
  FROM (
    SELECT
      CAST(labels."carrier" AS VARCHAR) AS k0,
      (
        CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
          (
            TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
          ) * 1000000
        ) AS BIGINT)
      ) AS t_us
    FROM labels
  ) AS asked
  WHERE
    NOT k0 IS NULL
), carrier_landings__reads AS (
  SELECT
    k0,
    t_us,
    part,
    after_us,
    cell_us
  FROM (
    SELECT
      k0,
      t_us,
      part,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % step_us
        ) + step_us
      ) % step_us AS after_us,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS first_cell_us,
      (
        t_us - lag_us
      ) - (
        (
          (
            t_us - lag_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS last_cell_us
    FROM carrier_landings__asks
    CROSS JOIN (VALUES
      (0, 129600000000, 3600000000, 43200000000, 3600000000, 90000000000),
      (1, 648000000000, 3600000000, 43200000000, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  ) AS spans
  CROSS JOIN UNNEST(ARRAY[last_cell_us, CASE
    WHEN first_cell_us < after_us AND first_cell_us < last_cell_us
    THEN first_cell_us
  END]) AS cells(cell_us)
), carrier_landings__items AS (
  SELECT
    k0 AS k0,
    part AS part,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % parts.cell_us
      ) + parts.cell_us
    ) % parts.cell_us AS cell_us,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % tile_us
      ) + tile_us
    ) % tile_us AS start_us,
    GREATEST(
      arrival_us,
      (
        time_us - 1
      ) - (
        (
          (
            time_us - 1
          ) % tile_us
        ) + tile_us
      ) % tile_us + tile_us + lag_us
    ) AS known_us,
    COUNT(v0) AS v0_n,
    COUNT(v1) AS v1_n,
    SUM(CAST(v1 AS DECIMAL(38, 0))) AS v1_s,
    COUNT(v2) AS v2_n,
    SUM(CAST(v2 AS DOUBLE)) AS v2_s
  FROM carrier_landings__events
  CROSS JOIN (VALUES
    (0, 129600000000, 3600000000, 43200000000, 3600000000, 90000000000),
    (1, 648000000000, 3600000000, 43200000000, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  GROUP BY
    1,
    2,
    3,
    4,
    5
), carrier_landings__found AS (
  SELECT
    reads.k0,
    reads.t_us,
    reads.part,
    items.v0_n,
    items.v1_n,
    items.v1_s,
    items.v2_n,
    items.v2_s
  FROM carrier_landings__reads AS reads
  JOIN carrier_landings__items AS items
    ON reads.k0 = items.k0
    AND reads.part = items.part
    AND reads.cell_us = items.cell_us
    AND items.start_us >= reads.after_us
    AND items.known_us <= reads.t_us
), carrier_landings__states AS (
  SELECT
    k0,
    t_us,
    SUM(v0_n) FILTER(WHERE
      part IN (0)) AS r0_n,
    SUM(v0_n) FILTER(WHERE
      part IN (1)) AS r1_n,
    SUM(v1_n) FILTER(WHERE
      part IN (0)) AS r2_n,
    SUM(v1_s) FILTER(WHERE
      part IN (0)) AS r2_s,
    SUM(v1_n) FILTER(WHERE
      part IN (1)) AS r3_n,
    SUM(v1_s) FILTER(WHERE
      part IN (1)) AS r3_s,
    SUM(v2_n) FILTER(WHERE
      part IN (0)) AS r4_n,
    SUM(v2_s) FILTER(WHERE
      part IN (0)) AS r4_s,
    SUM(v2_n) FILTER(WHERE
      part IN (1)) AS r5_n,
    SUM(v2_s) FILTER(WHERE
      part IN (1)) AS r5_s
  FROM carrier_landings__found
  GROUP BY
    k0,
    t_us
), carrier_landings__answers AS (
  SELECT
    k0,
    t_us,
    CAST(COALESCE(r0_n, 0) AS BIGINT) AS carrier_landings__late_count_1d_delayed_12h,
    CAST(COALESCE(r1_n, 0) AS BIGINT) AS carrier_landings__late_count_7d_delayed_12h,
    CAST(r2_s AS DOUBLE) / r2_n AS carrier_landings__late_mean_1d_delayed_12h,
    CAST(r3_s AS DOUBLE) / r3_n AS carrier_landings__late_mean_7d_delayed_12h,
    CAST(r4_s AS DOUBLE) / r4_n AS carrier_landings__arr_delay_mean_1d_delayed_12h,
    CAST(r5_s AS DOUBLE) / r5_n AS carrier_landings__arr_delay_mean_7d_delayed_12h
  FROM carrier_landings__states
), aircraft_landings__events AS (
  SELECT
    events."tailnum" AS k0,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.event_time) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time))
        ) * 1000000
      ) AS BIGINT)
    ) AS time_us,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.arrival) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival))
        ) * 1000000
      ) AS BIGINT)
    ) AS arrival_us,
    events.event_id AS event_id,
    events."late" AS v0,
    events."late" AS v1,
    events."arr_delay" AS v2
  FROM "headwater_prod"."events_landings" AS events
  WHERE
    (
      events.event_time > CAST('2013-11-23 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.event_time <= CAST('2013-12-31 12:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND NOT events."tailnum" IS NULL
), aircraft_landings__asks AS (
  SELECT DISTINCT
    k0,
    CASE
      WHEN t_us BETWEEN 1385856000000000 AND 1388534400000000
      THEN t_us
      ELSE CAST(CONCAT(
        CAST('labels, column event_time: found ' AS VARCHAR),
        CAST(COALESCE(CAST(t_us AS VARCHAR), 'null') AS VARCHAR),
        CAST(', expected 1385856000000000 to 1388534400000000' AS VARCHAR)
      ) AS BIGINT)
    END AS t_us
  FROM (
    SELECT
      CAST(labels."tailnum" AS VARCHAR) AS k0,
      (
        CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
          (
            TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
          ) * 1000000
        ) AS BIGINT)
      ) AS t_us
    FROM labels
  ) AS asked
  WHERE
    NOT k0 IS NULL
), aircraft_landings__reads AS (
  SELECT
    k0,
    t_us,
    part,
    after_us,
    cell_us
  FROM (
    SELECT
      k0,
      t_us,
      part,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % step_us
        ) + step_us
      ) % step_us AS after_us,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS first_cell_us,
      (
        t_us - lag_us
      ) - (
        (
          (
            t_us - lag_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS last_cell_us
    FROM aircraft_landings__asks
    CROSS JOIN (VALUES
      (0, 129600000000, 3600000000, 43200000000, 3600000000, 90000000000),
      (1, 648000000000, 3600000000, 43200000000, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  ) AS spans
  CROSS JOIN UNNEST(ARRAY[last_cell_us, CASE
    WHEN first_cell_us < after_us AND first_cell_us < last_cell_us
    THEN first_cell_us
  END]) AS cells(cell_us)
), aircraft_landings__items AS (
  SELECT
    k0 AS k0,
    part AS part,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % parts.cell_us
      ) + parts.cell_us
    ) % parts.cell_us AS cell_us,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % tile_us
      ) + tile_us
    ) % tile_us AS start_us,
    GREATEST(
      arrival_us,
      (
        time_us - 1
      ) - (
        (
          (
            time_us - 1
          ) % tile_us
        ) + tile_us
      ) % tile_us + tile_us + lag_us
    ) AS known_us,
    COUNT(v0) AS v0_n,
    COUNT(v1) AS v1_n,
    SUM(CAST(v1 AS DECIMAL(38, 0))) AS v1_s,
    COUNT(v2) AS v2_n,
    SUM(CAST(v2 AS DOUBLE)) AS v2_s
  FROM aircraft_landings__events
  CROSS JOIN (VALUES
    (0, 129600000000, 3600000000, 43200000000, 3600000000, 90000000000),
    (1, 648000000000, 3600000000, 43200000000, 3600000000, 608400000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  GROUP BY
    1,
    2,
    3,
    4,
    5
), aircraft_landings__found AS (
  SELECT
    reads.k0,
    reads.t_us,
    reads.part,
    items.v0_n,
    items.v1_n,
    items.v1_s,
    items.v2_n,
    items.v2_s
  FROM aircraft_landings__reads AS reads
  JOIN aircraft_landings__items AS items
    ON reads.k0 = items.k0
    AND reads.part = items.part
    AND reads.cell_us = items.cell_us
    AND items.start_us >= reads.after_us
    AND items.known_us <= reads.t_us
), aircraft_landings__states AS (
  SELECT
    k0,
    t_us,
    SUM(v0_n) FILTER(WHERE
      part IN (0)) AS r0_n,
    SUM(v0_n) FILTER(WHERE
      part IN (1)) AS r1_n,
    SUM(v1_n) FILTER(WHERE
      part IN (0)) AS r2_n,
    SUM(v1_s) FILTER(WHERE
      part IN (0)) AS r2_s,
    SUM(v1_n) FILTER(WHERE
      part IN (1)) AS r3_n,
    SUM(v1_s) FILTER(WHERE
      part IN (1)) AS r3_s,
    SUM(v2_n) FILTER(WHERE
      part IN (0)) AS r4_n,
    SUM(v2_s) FILTER(WHERE
      part IN (0)) AS r4_s,
    SUM(v2_n) FILTER(WHERE
      part IN (1)) AS r5_n,
    SUM(v2_s) FILTER(WHERE
      part IN (1)) AS r5_s
  FROM aircraft_landings__found
  GROUP BY
    k0,
    t_us
), aircraft_landings__answers AS (
  SELECT
    k0,
    t_us,
    CAST(COALESCE(r0_n, 0) AS BIGINT) AS aircraft_landings__late_count_1d_delayed_12h,
    CAST(COALESCE(r1_n, 0) AS BIGINT) AS aircraft_landings__late_count_7d_delayed_12h,
    CAST(r2_s AS DOUBLE) / r2_n AS aircraft_landings__late_mean_1d_delayed_12h,
    CAST(r3_s AS DOUBLE) / r3_n AS aircraft_landings__late_mean_7d_delayed_12h,
    CAST(r4_s AS DOUBLE) / r4_n AS aircraft_landings__arr_delay_mean_1d_delayed_12h,
    CAST(r5_s AS DOUBLE) / r5_n AS aircraft_landings__arr_delay_mean_7d_delayed_12h
  FROM aircraft_landings__states
), airport_weather__events AS (
  SELECT
    events."origin" AS k0,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.event_time) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.event_time))
        ) * 1000000
      ) AS BIGINT)
    ) AS time_us,
    (
      CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival)) AS BIGINT) * 1000000 + CAST(ROUND(
        (
          TO_UNIXTIME(events.arrival) - TO_UNIXTIME(DATE_TRUNC('SECOND', events.arrival))
        ) * 1000000
      ) AS BIGINT)
    ) AS arrival_us,
    events.event_id AS event_id,
    events."temp" AS v0,
    events."wind_speed" AS v1,
    events."precip" AS v2,
    events."visib" AS v3
  FROM "headwater_prod"."events_weather" AS events
  WHERE
    (
      events.event_time > CAST('2013-11-30 21:00:00.000000 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
      AND events.event_time <= CAST('2013-12-31 23:59:59.999999 UTC' AS TIMESTAMP(6) WITH TIME ZONE)
    )
    AND NOT events."origin" IS NULL
), airport_weather__asks AS (
  SELECT DISTINCT
    k0,
    CASE
      WHEN t_us BETWEEN 1385856000000000 AND 1388534400000000
      THEN t_us
      ELSE CAST(CONCAT(
        CAST('labels, column event_time: found ' AS VARCHAR),
        CAST(COALESCE(CAST(t_us AS VARCHAR), 'null') AS VARCHAR),
        CAST(', expected 1385856000000000 to 1388534400000000' AS VARCHAR)
      ) AS BIGINT)
    END AS t_us
  FROM (
    SELECT
      CAST(labels."origin" AS VARCHAR) AS k0,
      (
        CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
          (
            TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
          ) * 1000000
        ) AS BIGINT)
      ) AS t_us
    FROM labels
  ) AS asked
  WHERE
    NOT k0 IS NULL
), airport_weather__reads AS (
  SELECT
    k0,
    t_us,
    part,
    after_us,
    cell_us
  FROM (
    SELECT
      k0,
      t_us,
      part,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % step_us
        ) + step_us
      ) % step_us AS after_us,
      (
        t_us - reach_us
      ) - (
        (
          (
            t_us - reach_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS first_cell_us,
      (
        t_us - lag_us
      ) - (
        (
          (
            t_us - lag_us
          ) % cell_us
        ) + cell_us
      ) % cell_us AS last_cell_us
    FROM airport_weather__asks
    CROSS JOIN (VALUES
      (0, 10800000000, 300000000, 1, 300000000, 11100000000),
      (1, 10800000000, 300000000, 1, 1, 300000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  ) AS spans
  CROSS JOIN UNNEST(ARRAY[last_cell_us, CASE
    WHEN first_cell_us < after_us AND first_cell_us < last_cell_us
    THEN first_cell_us
  END]) AS cells(cell_us)
), airport_weather__items AS (
  SELECT
    k0 AS k0,
    part AS part,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % parts.cell_us
      ) + parts.cell_us
    ) % parts.cell_us AS cell_us,
    (
      time_us - 1
    ) - (
      (
        (
          time_us - 1
        ) % tile_us
      ) + tile_us
    ) % tile_us AS start_us,
    GREATEST(
      arrival_us,
      (
        time_us - 1
      ) - (
        (
          (
            time_us - 1
          ) % tile_us
        ) + tile_us
      ) % tile_us + tile_us + lag_us
    ) AS known_us,
    MAX(
      CASE
        WHEN NOT v0 IS NULL
        THEN CAST(ROW(time_us, event_id, v0) AS ROW(t BIGINT, id VARCHAR, v DOUBLE))
      END
    ) AS v0_v,
    MAX(
      CASE
        WHEN NOT v1 IS NULL
        THEN CAST(ROW(time_us, event_id, v1) AS ROW(t BIGINT, id VARCHAR, v DOUBLE))
      END
    ) AS v1_v,
    MAX(
      CASE
        WHEN NOT v2 IS NULL
        THEN CAST(ROW(time_us, event_id, v2) AS ROW(t BIGINT, id VARCHAR, v DOUBLE))
      END
    ) AS v2_v,
    MAX(
      CASE
        WHEN NOT v3 IS NULL
        THEN CAST(ROW(time_us, event_id, v3) AS ROW(t BIGINT, id VARCHAR, v DOUBLE))
      END
    ) AS v3_v
  FROM airport_weather__events
  CROSS JOIN (VALUES
    (0, 10800000000, 300000000, 1, 300000000, 11100000000),
    (1, 10800000000, 300000000, 1, 1, 300000000)) AS parts(part, reach_us, step_us, lag_us, tile_us, cell_us)
  GROUP BY
    1,
    2,
    3,
    4,
    5
), airport_weather__found AS (
  SELECT
    reads.k0,
    reads.t_us,
    reads.part,
    items.v0_v,
    items.v1_v,
    items.v2_v,
    items.v3_v
  FROM airport_weather__reads AS reads
  JOIN airport_weather__items AS items
    ON reads.k0 = items.k0
    AND reads.part = items.part
    AND reads.cell_us = items.cell_us
    AND items.start_us >= reads.after_us
    AND items.known_us <= reads.t_us
), airport_weather__states AS (
  SELECT
    k0,
    t_us,
    MAX(v0_v) FILTER(WHERE
      part IN (0, 1)) AS r0_v,
    MAX(v1_v) FILTER(WHERE
      part IN (0, 1)) AS r1_v,
    MAX(v2_v) FILTER(WHERE
      part IN (0, 1)) AS r2_v,
    MAX(v3_v) FILTER(WHERE
      part IN (0, 1)) AS r3_v
  FROM airport_weather__found
  GROUP BY
    k0,
    t_us
), airport_weather__answers AS (
  SELECT
    k0,
    t_us,
    r0_v.v AS airport_weather__temp_last_3h,
    r1_v.v AS airport_weather__wind_speed_last_3h,
    r2_v.v AS airport_weather__precip_last_3h,
    r3_v.v AS airport_weather__visib_last_3h
  FROM airport_weather__states
)
SELECT
  labels.*,
  COALESCE(airport_departures__answers.airport_departures__events_count_1h, 0) AS airport_departures__events_count_1h,
  COALESCE(airport_departures__answers.airport_departures__events_count_6h, 0) AS airport_departures__events_count_6h,
  COALESCE(airport_departures__answers.airport_departures__events_count_1d, 0) AS airport_departures__events_count_1d,
  COALESCE(airport_departures__answers.airport_departures__events_count_7d, 0) AS airport_departures__events_count_7d,
  airport_departures__answers.airport_departures__dep_delay_mean_1h AS airport_departures__dep_delay_mean_1h,
  airport_departures__answers.airport_departures__dep_delay_mean_6h AS airport_departures__dep_delay_mean_6h,
  airport_departures__answers.airport_departures__dep_delay_mean_1d AS airport_departures__dep_delay_mean_1d,
  airport_departures__answers.airport_departures__dep_delay_mean_7d AS airport_departures__dep_delay_mean_7d,
  airport_departures__answers.airport_departures__dep_delay_max_1h AS airport_departures__dep_delay_max_1h,
  airport_departures__answers.airport_departures__dep_delay_max_6h AS airport_departures__dep_delay_max_6h,
  airport_departures__answers.airport_departures__dep_delay_max_1d AS airport_departures__dep_delay_max_1d,
  airport_departures__answers.airport_departures__dep_delay_max_7d AS airport_departures__dep_delay_max_7d,
  COALESCE(carrier_departures__answers.carrier_departures__events_count_1h, 0) AS carrier_departures__events_count_1h,
  COALESCE(carrier_departures__answers.carrier_departures__events_count_6h, 0) AS carrier_departures__events_count_6h,
  COALESCE(carrier_departures__answers.carrier_departures__events_count_1d, 0) AS carrier_departures__events_count_1d,
  COALESCE(carrier_departures__answers.carrier_departures__events_count_7d, 0) AS carrier_departures__events_count_7d,
  carrier_departures__answers.carrier_departures__dep_delay_mean_1h AS carrier_departures__dep_delay_mean_1h,
  carrier_departures__answers.carrier_departures__dep_delay_mean_6h AS carrier_departures__dep_delay_mean_6h,
  carrier_departures__answers.carrier_departures__dep_delay_mean_1d AS carrier_departures__dep_delay_mean_1d,
  carrier_departures__answers.carrier_departures__dep_delay_mean_7d AS carrier_departures__dep_delay_mean_7d,
  carrier_departures__answers.carrier_departures__dep_delay_max_1h AS carrier_departures__dep_delay_max_1h,
  carrier_departures__answers.carrier_departures__dep_delay_max_6h AS carrier_departures__dep_delay_max_6h,
  carrier_departures__answers.carrier_departures__dep_delay_max_1d AS carrier_departures__dep_delay_max_1d,
  carrier_departures__answers.carrier_departures__dep_delay_max_7d AS carrier_departures__dep_delay_max_7d,
  COALESCE(aircraft_departures__answers.aircraft_departures__events_count_1h, 0) AS aircraft_departures__events_count_1h,
  COALESCE(aircraft_departures__answers.aircraft_departures__events_count_6h, 0) AS aircraft_departures__events_count_6h,
  COALESCE(aircraft_departures__answers.aircraft_departures__events_count_1d, 0) AS aircraft_departures__events_count_1d,
  COALESCE(aircraft_departures__answers.aircraft_departures__events_count_7d, 0) AS aircraft_departures__events_count_7d,
  aircraft_departures__answers.aircraft_departures__dep_delay_mean_1h AS aircraft_departures__dep_delay_mean_1h,
  aircraft_departures__answers.aircraft_departures__dep_delay_mean_6h AS aircraft_departures__dep_delay_mean_6h,
  aircraft_departures__answers.aircraft_departures__dep_delay_mean_1d AS aircraft_departures__dep_delay_mean_1d,
  aircraft_departures__answers.aircraft_departures__dep_delay_mean_7d AS aircraft_departures__dep_delay_mean_7d,
  aircraft_departures__answers.aircraft_departures__dep_delay_max_1h AS aircraft_departures__dep_delay_max_1h,
  aircraft_departures__answers.aircraft_departures__dep_delay_max_6h AS aircraft_departures__dep_delay_max_6h,
  aircraft_departures__answers.aircraft_departures__dep_delay_max_1d AS aircraft_departures__dep_delay_max_1d,
  aircraft_departures__answers.aircraft_departures__dep_delay_max_7d AS aircraft_departures__dep_delay_max_7d,
  COALESCE(airport_landings__answers.airport_landings__late_count_1d_delayed_12h, 0) AS airport_landings__late_count_1d_delayed_12h,
  COALESCE(airport_landings__answers.airport_landings__late_count_7d_delayed_12h, 0) AS airport_landings__late_count_7d_delayed_12h,
  airport_landings__answers.airport_landings__late_mean_1d_delayed_12h AS airport_landings__late_mean_1d_delayed_12h,
  airport_landings__answers.airport_landings__late_mean_7d_delayed_12h AS airport_landings__late_mean_7d_delayed_12h,
  airport_landings__answers.airport_landings__arr_delay_mean_1d_delayed_12h AS airport_landings__arr_delay_mean_1d_delayed_12h,
  airport_landings__answers.airport_landings__arr_delay_mean_7d_delayed_12h AS airport_landings__arr_delay_mean_7d_delayed_12h,
  COALESCE(carrier_landings__answers.carrier_landings__late_count_1d_delayed_12h, 0) AS carrier_landings__late_count_1d_delayed_12h,
  COALESCE(carrier_landings__answers.carrier_landings__late_count_7d_delayed_12h, 0) AS carrier_landings__late_count_7d_delayed_12h,
  carrier_landings__answers.carrier_landings__late_mean_1d_delayed_12h AS carrier_landings__late_mean_1d_delayed_12h,
  carrier_landings__answers.carrier_landings__late_mean_7d_delayed_12h AS carrier_landings__late_mean_7d_delayed_12h,
  carrier_landings__answers.carrier_landings__arr_delay_mean_1d_delayed_12h AS carrier_landings__arr_delay_mean_1d_delayed_12h,
  carrier_landings__answers.carrier_landings__arr_delay_mean_7d_delayed_12h AS carrier_landings__arr_delay_mean_7d_delayed_12h,
  COALESCE(aircraft_landings__answers.aircraft_landings__late_count_1d_delayed_12h, 0) AS aircraft_landings__late_count_1d_delayed_12h,
  COALESCE(aircraft_landings__answers.aircraft_landings__late_count_7d_delayed_12h, 0) AS aircraft_landings__late_count_7d_delayed_12h,
  aircraft_landings__answers.aircraft_landings__late_mean_1d_delayed_12h AS aircraft_landings__late_mean_1d_delayed_12h,
  aircraft_landings__answers.aircraft_landings__late_mean_7d_delayed_12h AS aircraft_landings__late_mean_7d_delayed_12h,
  aircraft_landings__answers.aircraft_landings__arr_delay_mean_1d_delayed_12h AS aircraft_landings__arr_delay_mean_1d_delayed_12h,
  aircraft_landings__answers.aircraft_landings__arr_delay_mean_7d_delayed_12h AS aircraft_landings__arr_delay_mean_7d_delayed_12h,
  airport_weather__answers.airport_weather__temp_last_3h AS airport_weather__temp_last_3h,
  airport_weather__answers.airport_weather__wind_speed_last_3h AS airport_weather__wind_speed_last_3h,
  airport_weather__answers.airport_weather__precip_last_3h AS airport_weather__precip_last_3h,
  airport_weather__answers.airport_weather__visib_last_3h AS airport_weather__visib_last_3h
FROM labels
LEFT JOIN airport_departures__answers
  ON CAST(labels."origin" AS VARCHAR) = airport_departures__answers.k0
  AND (
    CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
      (
        TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
      ) * 1000000
    ) AS BIGINT)
  ) = airport_departures__answers.t_us
LEFT JOIN carrier_departures__answers
  ON CAST(labels."carrier" AS VARCHAR) = carrier_departures__answers.k0
  AND (
    CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
      (
        TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
      ) * 1000000
    ) AS BIGINT)
  ) = carrier_departures__answers.t_us
LEFT JOIN aircraft_departures__answers
  ON CAST(labels."tailnum" AS VARCHAR) = aircraft_departures__answers.k0
  AND (
    CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
      (
        TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
      ) * 1000000
    ) AS BIGINT)
  ) = aircraft_departures__answers.t_us
LEFT JOIN airport_landings__answers
  ON CAST(labels."origin" AS VARCHAR) = airport_landings__answers.k0
  AND (
    CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
      (
        TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
      ) * 1000000
    ) AS BIGINT)
  ) = airport_landings__answers.t_us
LEFT JOIN carrier_landings__answers
  ON CAST(labels."carrier" AS VARCHAR) = carrier_landings__answers.k0
  AND (
    CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
      (
        TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
      ) * 1000000
    ) AS BIGINT)
  ) = carrier_landings__answers.t_us
LEFT JOIN aircraft_landings__answers
  ON CAST(labels."tailnum" AS VARCHAR) = aircraft_landings__answers.k0
  AND (
    CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
      (
        TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
      ) * 1000000
    ) AS BIGINT)
  ) = aircraft_landings__answers.t_us
LEFT JOIN airport_weather__answers
  ON CAST(labels."origin" AS VARCHAR) = airport_weather__answers.k0
  AND (
    CAST(TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time")) AS BIGINT) * 1000000 + CAST(ROUND(
      (
        TO_UNIXTIME(labels."event_time") - TO_UNIXTIME(DATE_TRUNC('SECOND', labels."event_time"))
      ) * 1000000
    ) AS BIGINT)
  ) = airport_weather__answers.t_us
