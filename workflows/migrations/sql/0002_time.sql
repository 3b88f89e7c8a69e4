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

GRANT SELECT, INSERT, UPDATE ON lead_class TO orderflode_worker;
