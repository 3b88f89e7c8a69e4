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

GRANT SELECT, INSERT, UPDATE ON lead_class TO orderflode_worker;
