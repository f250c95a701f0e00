-- Runs once, when the metrics database is new.
CREATE EXTENSION IF NOT EXISTS timescaledb;

CREATE TABLE IF NOT EXISTS event (
    at        timestamptz NOT NULL DEFAULT now(),
    kind      text NOT NULL,
    worker    text,
    millis    integer,
    details   jsonb
);
SELECT create_hypertable('event', 'at', if_not_exists => true);
