-- PostgreSQL: keeps `attempts` by months, so that old ones are dropped at once instead of deleted row by row.
-- Run once, while no worker runs:              psql "$DATABASE" --single-transaction --file partitions.sql
-- Each month, for the next one:                SELECT kairos_attempts_month('2027-01-01');
-- To let a month go:                           DROP TABLE attempts_2026_01;

ALTER TABLE attempts RENAME TO attempts_before;
ALTER INDEX attempts_pkey RENAME TO attempts_before_pkey;
CREATE TABLE attempts (LIKE attempts_before INCLUDING DEFAULTS) PARTITION BY RANGE (begun_at);
ALTER TABLE attempts ADD CONSTRAINT attempts_pkey PRIMARY KEY (message, attempt, begun_at);
CREATE TABLE attempts_other PARTITION OF attempts DEFAULT; -- of months that have none yet: nothing is ever refused

-- instants are whole microseconds since 1970
CREATE FUNCTION kairos_attempts_month(month date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first timestamptz := date_trunc('month', month)::timestamp AT TIME ZONE 'UTC';
    next timestamptz := (date_trunc('month', month) + interval '1 month')::timestamp AT TIME ZONE 'UTC';
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF attempts FOR VALUES FROM (%s) TO (%s)',
        'attempts_' || to_char(month, 'YYYY_MM'),
        (extract(epoch FROM first) * 1000000)::bigint,
        (extract(epoch FROM next) * 1000000)::bigint
    );
END $$;

SELECT kairos_attempts_month((now() + make_interval(months => ahead))::date) FROM generate_series(0, 12) AS ahead;
SELECT kairos_attempts_month(month) FROM (
    SELECT DISTINCT date_trunc('month', to_timestamp(begun_at / 1000000.0) AT TIME ZONE 'UTC')::date AS month FROM attempts_before
) AS months;
INSERT INTO attempts SELECT * FROM attempts_before;
DROP TABLE attempts_before;
