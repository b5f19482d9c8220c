-- PostgreSQL: keeps `bodies` (what messages say, most of what is on disk) by months, so that a month is let go at once
-- instead of being deleted row by row. From then on a message's number begins with the month in which it is put on record.
-- Run once, while no worker runs:              psql "$DATABASE" --single-transaction --file partitions.sql
-- Each month, for one to come:                 SELECT kairos_bodies_month('2028-01-01');
-- To let a month go, and keep who got what:    DROP TABLE bodies_2026_01;

CREATE FUNCTION kairos_first_of(month timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT (extract(year FROM month)::bigint * 12 + extract(month FROM month)::bigint - 1) << 40
$$;

CREATE SEQUENCE messages_number;
CREATE FUNCTION kairos_number() RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT kairos_first_of(now() AT TIME ZONE 'UTC') + nextval('messages_number')
$$;

SELECT setval('messages_number', greatest(1, max(seq))) FROM messages;
ALTER TABLE messages ALTER COLUMN seq DROP IDENTITY;
ALTER TABLE messages ALTER COLUMN seq SET DEFAULT kairos_number();
ALTER SEQUENCE messages_number OWNED BY messages.seq;

ALTER TABLE bodies RENAME TO bodies_before;
ALTER INDEX bodies_pkey RENAME TO bodies_before_pkey;
CREATE TABLE bodies (LIKE bodies_before INCLUDING DEFAULTS) PARTITION BY RANGE (message);
ALTER TABLE bodies ADD CONSTRAINT bodies_pkey PRIMARY KEY (message);
CREATE TABLE bodies_other PARTITION OF bodies DEFAULT; -- of months that have none yet: nothing is ever refused

CREATE FUNCTION kairos_bodies_month(month date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE TABLE IF NOT EXISTS %I PARTITION OF bodies FOR VALUES FROM (%s) TO (%s)',
        'bodies_' || to_char(month, 'YYYY_MM'),
        kairos_first_of(month),
        kairos_first_of(month + interval '1 month')
    );
END $$;

SELECT kairos_bodies_month((now() AT TIME ZONE 'UTC' + make_interval(months => ahead))::date) FROM generate_series(0, 13) AS ahead;
DO $$
BEGIN -- what is there already has numbers before those of any month
    EXECUTE format('ALTER TABLE bodies ATTACH PARTITION bodies_before FOR VALUES FROM (MINVALUE) TO (%s)', kairos_first_of('2000-01-01'));
END $$;
