-- By when: lead classes, promised dates, what stands too long, notices and the jobs of the day.

-- How soon goods are promised: working days after the day the order counts as received. What arrives after the cut-off
-- hour (Europe/Stockholm) counts from the next working day; without one the installation's own hour is used.
CREATE TABLE lead_class (
    code          text PRIMARY KEY,
    name          text NOT NULL,
    working_days  smallint NOT NULL CHECK (working_days BETWEEN 0 AND 60),
    cut_off       time
);

ALTER TABLE store
    -- Who is responsible for the refill; the class of goods that have none of their own; where the watchdog writes.
    ADD COLUMN refill_by text REFERENCES person,
    ADD COLUMN lead_class text REFERENCES lead_class,
    ADD COLUMN notice_to text CHECK (notice_to ~ '^(mailto:|https?://)');
ALTER TABLE vardenhet
    -- ISO weekdays of the delivery tour (1 is Monday); none: any day.
    ADD COLUMN tour_days smallint[] NOT NULL DEFAULT '{}' CHECK (tour_days <@ '{1,2,3,4,5,6,7}');
ALTER TABLE stock_target
    ADD COLUMN lead_class text REFERENCES lead_class,
    -- The place in the store; a stock count goes along the shelves.
    ADD COLUMN shelf text CHECK (length(shelf) <= 32);

UPDATE orders o SET state_since = coalesce((
    SELECT max(h.at) FROM history h
    WHERE h.order_id = o.id AND h.to_state = o.state AND h.from_state IS DISTINCT FROM h.to_state), o.received_at)
WHERE o.ended_at IS NULL;
ALTER TABLE orders ADD CHECK (promised_by >= received_at);
-- Open orders that wait for a person or for goods: by how long they stand, and by when they are promised. An order that
-- runs by itself is in neither, so the main line pays nothing for them; orders_due and orders_held find the others.
CREATE INDEX orders_standing ON orders (state, state_since)
    WHERE due_at IS NULL AND ended_at IS NULL AND held_since IS NULL;
CREATE INDEX orders_waiting_promised ON orders (promised_by) WHERE due_at IS NULL AND ended_at IS NULL;

-- What the watchdog tells a store, once a day: composed and committed, then sent, then marked. The key goes with each
-- try, so that a receiver knows one that comes twice.
CREATE TABLE notice (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store        text NOT NULL REFERENCES store,
    day          date NOT NULL,
    key          uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    content      jsonb NOT NULL,
    composed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts     smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- NULL: sent, or given up.
    next_try_at  timestamptz DEFAULT clock_timestamp(),
    sent_at      timestamptz,
    sent_to      text,
    failure      text,
    UNIQUE (store, day),
    CHECK ((sent_at IS NULL) = (sent_to IS NULL)),
    CHECK (sent_at IS NULL OR next_try_at IS NULL AND failure IS NULL)
);
CREATE INDEX notice_unsent ON notice (next_try_at) WHERE sent_at IS NULL;

-- The jobs of the day: when each is due next, and how it went. The database is the truth; a message is a hint.
CREATE TABLE daily_job (
    name              text PRIMARY KEY,
    -- The time of day in Sweden, as configured; NULL: never.
    at                time,
    due_at            timestamptz,
    last_started_at   timestamptz,
    last_finished_at  timestamptz,
    last_outcome      text,
    CHECK ((at IS NULL) = (due_at IS NULL)),
    CHECK (last_finished_at >= last_started_at)
);

GRANT SELECT ON notice, daily_job TO orderflode_worker;
GRANT INSERT (store, day, content), UPDATE (attempts, next_try_at, sent_at, sent_to, failure) ON notice
    TO orderflode_worker;
GRANT INSERT (name, at, due_at), UPDATE (at, due_at, last_started_at, last_finished_at, last_outcome) ON daily_job
    TO orderflode_worker;
GRANT SELECT, INSERT, UPDATE ON lead_class TO orderflode_worker;
