-- Stock counts, and the differences that wait to be followed up.

-- A count of some articles of a store, whose goods go on moving meanwhile.
CREATE TABLE stock_count (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store      text NOT NULL REFERENCES store,
    -- How the names of the shelves it was opened for begin.
    shelf      text,
    state      text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'cancelled')),
    opened_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    opened_by  text NOT NULL,
    ended_at   timestamptz,
    ended_by   text,
    -- The cause of its differences, or why it was cancelled.
    reason     text,
    UNIQUE (id, store, state),
    CHECK ((state = 'open') = (ended_at IS NULL)),
    CHECK ((state = 'open') = (ended_by IS NULL) AND (state = 'open') = (reason IS NULL))
);
CREATE INDEX stock_count_by_store ON stock_count (store, id);

CREATE TABLE stock_count_line (
    count_id        bigint NOT NULL,
    article         text NOT NULL REFERENCES article,
    -- The count's own, which follow it: the index below refuses a second open count of the same goods.
    store           text NOT NULL,
    state           text NOT NULL DEFAULT 'open',
    counted         integer CHECK (counted >= 0),
    -- What stood on hand at the moment of counting, by the ledger.
    expected        integer,
    counted_at      timestamptz,
    entered_at      timestamptz,
    entered_by      text,
    serial_numbers  text[],
    -- What the close booked: found (+) or missing (−) units, 0 where the count agreed.
    booked          integer,
    -- Serial numbers found here that the register knows in another place: nothing is moved for them.
    elsewhere       text[],
    PRIMARY KEY (count_id, article),
    FOREIGN KEY (count_id, store, state) REFERENCES stock_count (id, store, state) ON UPDATE CASCADE,
    CHECK ((counted IS NULL) = (expected IS NULL) AND (counted IS NULL) = (counted_at IS NULL)),
    CHECK ((counted IS NULL) = (entered_at IS NULL) AND (counted IS NULL) = (entered_by IS NULL)),
    CHECK (counted_at <= entered_at),
    CHECK (cardinality(serial_numbers) = counted),
    CHECK (state <> 'closed' OR (counted IS NULL) = (booked IS NULL))
);
CREATE UNIQUE INDEX stock_count_one_open ON stock_count_line (store, article) WHERE state = 'open';

-- What has ended stands: open → closed | cancelled, once.
CREATE FUNCTION refuse_change_of_ended_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the count is %', OLD.state USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER stock_count_ends_once BEFORE UPDATE ON stock_count
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION refuse_change_of_ended_count();
CREATE TRIGGER stock_count_line_stands BEFORE UPDATE ON stock_count_line
    FOR EACH ROW WHEN (OLD.state <> 'open') EXECUTE FUNCTION refuse_change_of_ended_count();

-- Differences are few among millions of movements. A movement of another kind pays for the look at its kind alone.
CREATE INDEX movement_differences ON movement (at, id)
    WHERE kind IN ('difference', 'short_pick', 'short_delivery', 'adjust', 'count', 'write_off');

-- Append-only: a difference that somebody has looked into, with what they found out. The trigger below asks for more
-- than a foreign key would, and movements are never removed.
CREATE TABLE difference_followup (
    movement    bigint PRIMARY KEY,
    note        text NOT NULL CHECK (note <> ''),
    settled_by  text NOT NULL,
    settled_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER difference_followup_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON difference_followup
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_followup_of_no_difference() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM movement m WHERE m.id = NEW.movement AND m.kind IN (
            'difference', 'short_pick', 'short_delivery', 'adjust', 'count', 'write_off')) THEN
        RAISE EXCEPTION 'movement % is no difference', NEW.movement USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER difference_followup_is_of_a_difference BEFORE INSERT ON difference_followup
    FOR EACH ROW EXECUTE FUNCTION refuse_followup_of_no_difference();

GRANT SELECT ON stock_count, stock_count_line, difference_followup TO orderflode_worker;
GRANT INSERT (store, shelf, opened_by), UPDATE (state, ended_at, ended_by, reason) ON stock_count TO orderflode_worker;
GRANT INSERT (count_id, article, store) ON stock_count_line TO orderflode_worker;
GRANT UPDATE (counted, expected, counted_at, entered_at, entered_by, serial_numbers, booked, elsewhere)
    ON stock_count_line TO orderflode_worker;
GRANT INSERT (movement, note, settled_by) ON difference_followup TO orderflode_worker;
