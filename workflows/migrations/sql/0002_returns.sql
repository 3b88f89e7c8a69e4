-- Goods that come back: returns and what becomes of them, and the devices that were out before the first day.

CREATE TABLE return_order (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The caller's own number: given again, it is the same return.
    reference     text UNIQUE,
    state         text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'received', 'closed', 'cancelled')),
    version       integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    -- Where the goods come back to.
    store         text NOT NULL REFERENCES store,
    reason        text NOT NULL CHECK (btrim(reason) <> ''),
    -- What was asked for, as it was asked, by which a repetition is recognised.
    asked         jsonb NOT NULL,
    requested_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    requested_by  text NOT NULL,
    ended_at      timestamptz,
    CHECK ((state IN ('closed', 'cancelled')) = (ended_at IS NOT NULL))
);
CREATE INDEX return_order_open ON return_order (store, id) WHERE state IN ('requested', 'received');

-- One line comes from one line of a delivered order, or from one opening holding.
CREATE TABLE return_line (
    return_id    bigint NOT NULL REFERENCES return_order,
    line_no      integer NOT NULL CHECK (line_no >= 1),
    article      text NOT NULL REFERENCES article,
    order_id     bigint,
    order_line   integer,
    holding      bigint REFERENCES holding,
    requested    integer NOT NULL CHECK (requested > 0),
    received     integer NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND requested),
    -- The judgement, in units: onto the shelf, to repair, written off (svinn).
    restocked    integer NOT NULL DEFAULT 0 CHECK (restocked >= 0),
    repaired     integer NOT NULL DEFAULT 0 CHECK (repaired >= 0),
    written_off  integer NOT NULL DEFAULT 0 CHECK (written_off >= 0),
    -- What became of the units in repair: back on the shelf, or written off after all.
    mended       integer NOT NULL DEFAULT 0 CHECK (mended >= 0),
    scrapped     integer NOT NULL DEFAULT 0 CHECK (scrapped >= 0),
    -- The last cause of a write-off; every one stands in the history.
    cause        text CHECK (btrim(cause) <> ''),
    PRIMARY KEY (return_id, line_no),
    FOREIGN KEY (order_id, order_line) REFERENCES order_line,
    CHECK ((order_id IS NULL) = (order_line IS NULL)),
    CHECK ((order_id IS NULL) <> (holding IS NULL)),
    CHECK (restocked + repaired + written_off <= received),
    CHECK (mended + scrapped <= repaired),
    CHECK (written_off + scrapped = 0 OR cause IS NOT NULL)
);
CREATE INDEX return_line_by_order ON return_line (order_id, order_line) WHERE order_id IS NOT NULL;
CREATE INDEX return_line_by_holding ON return_line (holding) WHERE holding IS NOT NULL;

-- The devices of a line that are known by number; place is where the return has brought one, NULL until it came.
CREATE TABLE return_device (
    return_id      bigint NOT NULL,
    line_no        integer NOT NULL,
    serial_number  text NOT NULL,
    place          text CHECK (place IN ('inspection', 'repair', 'store', 'written_off')),
    PRIMARY KEY (return_id, line_no, serial_number),
    FOREIGN KEY (return_id, line_no) REFERENCES return_line
);
CREATE INDEX return_device_by_serial ON return_device (serial_number);

-- Generated from the machine (returns/machine.py); a test compares the two.
CREATE TABLE return_transition (
    event       text NOT NULL,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    PRIMARY KEY (event, from_state, to_state)
);
INSERT INTO return_transition VALUES
    ('receive', 'requested', 'received'),
    ('judge', 'received', 'received'),
    ('judge', 'received', 'closed'),
    ('mend', 'received', 'received'),
    ('mend', 'received', 'closed'),
    ('cancel', 'requested', 'cancelled');

-- Append-only: every step of a return, who, when, why and which units. Version 1 is the request.
CREATE TABLE return_history (
    return_id   bigint NOT NULL,
    version     integer NOT NULL,
    event       text NOT NULL,
    from_state  text,
    to_state    text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL,
    reason      text,
    details     jsonb,
    PRIMARY KEY (return_id, version),
    CHECK ((version = 1) = (from_state IS NULL)),
    CHECK (event <> 'cancel' OR btrim(coalesce(reason, '')) <> '')
);
CREATE TRIGGER return_history_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON return_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION begin_return_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO return_history (return_id, version, event, to_state, actor, reason)
    SELECT id, 1, 'request', 'requested', requested_by, reason FROM created;
    RETURN NULL;
END $$;
CREATE TRIGGER return_order_begins_history AFTER INSERT ON return_order REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION begin_return_history();

-- Nobody asks for more than is out with the receiver and not asked for already. The lines are locked first, so that
-- two at the same moment do not both ask for the last one.
CREATE FUNCTION refuse_return_of_more() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM order_line l WHERE (l.order_id, l.line_no) IN (SELECT a.order_id, a.order_line FROM asked a)
    ORDER BY l.order_id, l.line_no FOR NO KEY UPDATE;
    PERFORM FROM holding h WHERE h.id IN (SELECT a.holding FROM asked a) ORDER BY h.id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM asked a JOIN return_order r ON r.id = a.return_id
        LEFT JOIN orders o ON o.id = a.order_id
        LEFT JOIN order_line l ON l.order_id = a.order_id AND l.line_no = a.order_line
        LEFT JOIN holding h ON h.id = a.holding
        WHERE r.state <> 'requested' OR a.article IS DISTINCT FROM coalesce(l.article, h.article)
           OR o.state <> 'delivered' OR o.receiver_kind = 'kommunlager') THEN
        RAISE EXCEPTION 'only what was delivered to a vardenhet or a patient is returned'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM return_line x JOIN return_order r ON r.id = x.return_id AND r.state = 'requested'
        LEFT JOIN order_line l ON l.order_id = x.order_id AND l.line_no = x.order_line
        LEFT JOIN holding h ON h.id = x.holding
        WHERE (x.order_id, x.order_line) IN (SELECT a.order_id, a.order_line FROM asked a)
           OR x.holding IN (SELECT a.holding FROM asked a)
        GROUP BY l.order_id, l.line_no, h.id
        HAVING sum(x.requested)
            > coalesce(l.quantity - l.on_rest - l.cancelled - l.short_delivered - l.returned, h.quantity - h.returned))
    THEN
        RAISE EXCEPTION 'a return asks for more than is out' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER return_line_asks_for_what_is_out AFTER INSERT ON return_line REFERENCING NEW TABLE AS asked
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_return_of_more();

-- A device that is named is with the line's receiver, and in no other open request.
CREATE FUNCTION refuse_return_of_another_device() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM named n JOIN return_line x ON x.return_id = n.return_id AND x.line_no = n.line_no
        WHERE NOT EXISTS (
                SELECT FROM device d
                WHERE d.article = x.article AND d.serial_number = n.serial_number AND d.place = 'receiver'
                  AND (d.order_id, d.line_no, d.holding) IS NOT DISTINCT FROM (x.order_id, x.order_line, x.holding))
           OR x.requested < (SELECT count(*) FROM return_device e
                             WHERE e.return_id = n.return_id AND e.line_no = n.line_no)
           OR EXISTS (
                SELECT FROM return_device e JOIN return_line y ON y.return_id = e.return_id AND y.line_no = e.line_no
                JOIN return_order r ON r.id = y.return_id AND r.state = 'requested'
                WHERE e.serial_number = n.serial_number AND y.article = x.article
                  AND (e.return_id, e.line_no) <> (n.return_id, n.line_no))) THEN
        RAISE EXCEPTION 'a device is not with the receiver it is asked back from' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER return_device_is_with_the_receiver AFTER INSERT ON return_device REFERENCING NEW TABLE AS named
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_return_of_another_device();

-- Units are received while the return is requested and judged while it is received, and never taken back; what was
-- received is written on the delivery it came from.
CREATE FUNCTION follow_return_line() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands text;
BEGIN
    SELECT state INTO stands FROM return_order WHERE id = NEW.return_id;
    IF NEW.received <> OLD.received AND stands <> 'requested'
        OR (NEW.restocked, NEW.repaired, NEW.written_off, NEW.mended, NEW.scrapped)
            <> (OLD.restocked, OLD.repaired, OLD.written_off, OLD.mended, OLD.scrapped) AND stands <> 'received'
        OR NEW.received < OLD.received OR NEW.restocked < OLD.restocked OR NEW.repaired < OLD.repaired
        OR NEW.written_off < OLD.written_off OR NEW.mended < OLD.mended OR NEW.scrapped < OLD.scrapped
    THEN
        RAISE EXCEPTION 'line % of return % cannot change so in %', NEW.line_no, NEW.return_id, stands
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.received > OLD.received THEN
        UPDATE order_line l SET returned = l.returned + NEW.received - OLD.received
        WHERE l.order_id = NEW.order_id AND l.line_no = NEW.order_line;
        UPDATE holding h SET returned = h.returned + NEW.received - OLD.received WHERE h.id = NEW.holding;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER return_line_is_followed AFTER UPDATE ON return_line
    FOR EACH ROW EXECUTE FUNCTION follow_return_line();

-- Lock returns, after the deliveries they come from: orders, then returns, then devices, then balances.
CREATE FUNCTION lock_returns(ids bigint[]) RETURNS SETOF return_order
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM order_line l
    WHERE (l.order_id, l.line_no) IN (SELECT x.order_id, x.order_line FROM return_line x WHERE x.return_id = ANY (ids))
    ORDER BY l.order_id, l.line_no FOR NO KEY UPDATE;
    PERFORM FROM holding h WHERE h.id IN (SELECT x.holding FROM return_line x WHERE x.return_id = ANY (ids))
    ORDER BY h.id FOR NO KEY UPDATE;
    RETURN QUERY SELECT r.* FROM return_order r WHERE r.id = ANY (ids) ORDER BY r.id FOR NO KEY UPDATE;
END $$;

-- The fifth door: returns change state through it alone, and their history is written. particulars (which units; a
-- JSON array) stand in the order of ids. Only a return with nothing left to judge or mend is closed.
CREATE FUNCTION move_returns(
    ids bigint[], moving_event text, state_before text, state_after text, moved_by text,
    why text DEFAULT NULL, particulars jsonb DEFAULT NULL
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moved integer;
BEGIN
    IF NOT EXISTS (SELECT FROM return_transition t WHERE t.event = moving_event
                     AND t.from_state = state_before AND t.to_state = state_after) THEN
        RAISE EXCEPTION 'no return goes by % from % to %', moving_event, state_before, state_after
            USING ERRCODE = 'check_violation';
    END IF;
    IF state_after = 'received' AND EXISTS (
            SELECT FROM return_line x WHERE x.return_id = ANY (ids)
            GROUP BY x.return_id HAVING sum(x.received) = 0)
        OR state_after = 'closed' AND EXISTS (
            SELECT FROM return_line x WHERE x.return_id = ANY (ids)
              AND (x.restocked + x.repaired + x.written_off < x.received OR x.mended + x.scrapped < x.repaired)) THEN
        RAISE EXCEPTION 'the units of a return say that it is not %', state_after USING ERRCODE = 'check_violation';
    END IF;
    WITH moved_return AS (
        UPDATE return_order r
        SET state = state_after, version = r.version + 1,
            ended_at = CASE WHEN state_after IN ('closed', 'cancelled') THEN clock_timestamp() END
        FROM unnest(ids) WITH ORDINALITY AS g (id, place)
        WHERE r.id = g.id AND r.state = state_before
        RETURNING r.id, r.version, particulars -> (g.place - 1)::integer AS details
    )
    INSERT INTO return_history (return_id, version, event, from_state, to_state, actor, reason, details)
    SELECT m.id, m.version, moving_event, state_before, state_after, moved_by, why, m.details FROM moved_return m;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> cardinality(ids) THEN
        RAISE EXCEPTION '% of % returns stood in % for %', moved, cardinality(ids), state_before, moving_event
            USING ERRCODE = 'check_violation';
    END IF;
END $$;

GRANT SELECT ON return_order, return_line, return_device, return_transition, return_history TO orderflode_worker;
GRANT INSERT (reference, store, reason, asked, requested_by) ON return_order TO orderflode_worker;
GRANT INSERT (return_id, line_no, article, order_id, order_line, holding, requested),
    UPDATE (received, restocked, repaired, written_off, mended, scrapped, cause) ON return_line TO orderflode_worker;
GRANT INSERT (return_id, line_no, serial_number), UPDATE (place) ON return_device TO orderflode_worker;
GRANT INSERT (reference, patient_id, unit, article, serial_number, quantity, since, store) ON holding
    TO orderflode_worker;
REVOKE EXECUTE ON FUNCTION lock_returns, move_returns FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_returns, move_returns TO orderflode_worker;
