-- Individually marked devices: where each one is, and where it has been.

-- What was with a patient or a vårdenhet before the first day: it was delivered by no order of ours, and can come back.
CREATE TABLE holding (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The row's name in the system it came from.
    reference      text NOT NULL UNIQUE,
    patient_id     bigint REFERENCES patient,
    unit           text REFERENCES vardenhet,
    article        text NOT NULL REFERENCES article,
    serial_number  text,
    quantity       integer NOT NULL CHECK (quantity > 0),
    returned       integer NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND quantity),
    since          date NOT NULL,
    -- The store that answers for it.
    store          text NOT NULL REFERENCES store,
    CHECK ((patient_id IS NULL) <> (unit IS NULL)),
    CHECK (serial_number IS NULL OR quantity = 1)
);

-- One row a device, so that it is in one place at a time.
CREATE TABLE device (
    article        text NOT NULL REFERENCES article,
    serial_number  text NOT NULL,
    place          text NOT NULL CHECK (place IN (
                       'store', 'outbound', 'receiver', 'inspection', 'repair', 'written_off', 'difference')),
    -- The store it stands in, or that sent it.
    store          text NOT NULL REFERENCES store,
    -- The order line that has reserved it, carries it or brought it to its receiver; or the opening holding.
    order_id       bigint,
    line_no        integer,
    holding        bigint REFERENCES holding,
    since          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (article, serial_number),
    FOREIGN KEY (order_id, line_no) REFERENCES order_line,
    CHECK ((order_id IS NULL) = (line_no IS NULL)),
    CHECK (place <> 'outbound' OR order_id IS NOT NULL),
    CHECK ((place = 'receiver') = (order_id IS NOT NULL AND place NOT IN ('store', 'outbound') OR holding IS NOT NULL)),
    CHECK (order_id IS NULL OR place IN ('store', 'outbound', 'receiver'))
);
CREATE INDEX device_by_order ON device (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX device_by_serial ON device (serial_number);
CREATE INDEX device_in_store ON device (store, article, since, serial_number)
    WHERE place = 'store' AND order_id IS NULL;
-- Orders that wait for a person's pick.
CREATE INDEX orders_to_pick ON orders (sender) WHERE state = 'validated' AND due_at IS NULL;
-- The article whose registered devices the order lacked when its pick was last tried by itself: it waits for one.
ALTER TABLE orders ADD COLUMN lacks text REFERENCES article;
CREATE INDEX orders_parked ON orders (sender, lacks, priority, received_at, id)
    WHERE state = 'validated' AND due_at IS NULL AND held_since IS NULL AND lacks IS NOT NULL;

-- Append-only: a device's life.
CREATE TABLE device_event (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article        text NOT NULL,
    serial_number  text NOT NULL,
    event          text NOT NULL,
    place          text NOT NULL,
    store          text NOT NULL,
    order_id       bigint,
    line_no        integer,
    holding        bigint,
    reason         text,
    actor          text NOT NULL,
    at             timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX device_event_by_device ON device_event (article, serial_number, id);
CREATE TRIGGER device_event_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON device_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TYPE device_move AS (
    article text, serial_number text, from_place text,
    to_place text, store text, order_id bigint, line_no integer, holding bigint
);

-- Lock the devices that are known of (article, serial number) pairs, in key order.
CREATE FUNCTION lock_devices(articles text[], serial_numbers text[]) RETURNS SETOF device
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT d.* FROM device d WHERE (d.article, d.serial_number) IN (SELECT * FROM unnest(articles, serial_numbers))
    ORDER BY d.article, d.serial_number FOR NO KEY UPDATE
$$;

-- The fourth door: devices change place through it alone, and their lives are written. A move without from_place
-- registers a device; one whose device is not where it is said to be, or is another order's, refuses them all.
CREATE FUNCTION move_devices(moves device_move[], moving_event text, moved_by text, why text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    moved integer;
BEGIN
    IF moves IS NULL THEN
        RETURN;
    END IF;
    PERFORM FROM device d
    WHERE (d.article, d.serial_number) IN (SELECT m.article, m.serial_number FROM unnest(moves) m)
    ORDER BY d.article, d.serial_number FOR NO KEY UPDATE;
    UPDATE device d
    SET place = m.to_place, store = m.store, order_id = m.order_id, line_no = m.line_no, holding = m.holding,
        since = clock_timestamp()
    FROM unnest(moves) m
    WHERE d.article = m.article AND d.serial_number = m.serial_number AND d.place = m.from_place
      -- Between two orders it is free: nobody takes what another has reserved or carries.
      AND (m.order_id IS NULL OR d.order_id IS NULL OR d.order_id = m.order_id);
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved <> (SELECT count(*) FROM unnest(moves) m WHERE m.from_place IS NOT NULL) THEN
        RAISE EXCEPTION 'a device is not where % takes it from', moving_event USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO device (article, serial_number, place, store, order_id, line_no, holding)
    SELECT m.article, m.serial_number, m.to_place, m.store, m.order_id, m.line_no, m.holding
    FROM unnest(moves) m WHERE m.from_place IS NULL ORDER BY 1, 2;
    INSERT INTO device_event (article, serial_number, event, place, store, order_id, line_no, holding, reason, actor)
    SELECT m.article, m.serial_number, moving_event, m.to_place, m.store, m.order_id, m.line_no, m.holding, why,
           moved_by
    FROM unnest(moves) m ORDER BY 1, 2;
END $$;

GRANT UPDATE (lacks) ON orders TO orderflode_worker;
GRANT SELECT ON device, device_event, holding TO orderflode_worker;
REVOKE EXECUTE ON FUNCTION lock_devices, move_devices FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_devices, move_devices TO orderflode_worker;
