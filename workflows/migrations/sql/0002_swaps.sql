-- Swaps of individually marked devices, and accessories that are tied to a main device.

-- One swap: the return that asks the old device back, and the order that brings another in its place.
CREATE TABLE swap (
    order_id       bigint PRIMARY KEY REFERENCES orders,
    return_id      bigint NOT NULL UNIQUE REFERENCES return_order,
    -- The old device.
    article        text NOT NULL,
    serial_number  text NOT NULL,
    reason         text NOT NULL CHECK (btrim(reason) <> ''),
    actor          text NOT NULL,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (article, serial_number) REFERENCES device
);
CREATE INDEX swap_by_device ON swap (article, serial_number);
CREATE TRIGGER swap_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON swap
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A device is swapped once for each time it was delivered, unless the order of the swap before was cancelled. The
-- device is locked first, so that of two at the same moment one sees the other.
CREATE FUNCTION refuse_second_swap() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM FROM device d WHERE d.article = NEW.article AND d.serial_number = NEW.serial_number FOR NO KEY UPDATE;
    IF NOT EXISTS (
        SELECT FROM return_device e JOIN return_line x ON x.return_id = e.return_id AND x.line_no = e.line_no
        JOIN orders o ON o.id = NEW.order_id AND o.swap_of IS NOT DISTINCT FROM x.order_id
        WHERE e.return_id = NEW.return_id AND e.serial_number = NEW.serial_number AND x.article = NEW.article) THEN
        RAISE EXCEPTION 'a swap asks its old device back from whom its order brings another'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM swap s JOIN orders o ON o.id = s.order_id AND o.state <> 'cancelled'
        JOIN return_line x ON x.return_id = s.return_id
        JOIN return_line mine ON mine.return_id = NEW.return_id
            AND (mine.order_id, mine.order_line, mine.holding)
                IS NOT DISTINCT FROM (x.order_id, x.order_line, x.holding)
        WHERE s.article = NEW.article AND s.serial_number = NEW.serial_number AND s.order_id <> NEW.order_id) THEN
        RAISE EXCEPTION 'the device is being swapped already' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER swap_happens_once AFTER INSERT ON swap FOR EACH ROW EXECUTE FUNCTION refuse_second_swap();

-- Who has something, as one text: a vårdenhet, or a person under whatever number is the current one.
CREATE FUNCTION receiver_of(unit text, patient bigint) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT coalesce('unit ' || unit, 'person ' || coalesce(
        (SELECT k.new_patient FROM patient_link k WHERE k.old_patient = patient AND k.undone_at IS NULL), patient))
$$;

-- The devices that somebody has, or that are reserved for them or on their way to them. NULL: it goes to a store.
CREATE VIEW device_with AS
    SELECT d.article, d.serial_number, d.place, d.store, d.order_id, d.line_no, d.holding,
           receiver_of(CASE o.receiver_kind WHEN 'vardenhet' THEN o.receiver_code ELSE h.unit END,
                       coalesce(o.patient_id, h.patient_id)) AS receiver
    FROM device d LEFT JOIN orders o ON o.id = d.order_id LEFT JOIN holding h ON h.id = d.holding
    WHERE d.order_id IS NOT NULL OR d.holding IS NOT NULL;

CREATE INDEX order_line_accessory ON order_line (accessory_to) WHERE accessory_to IS NOT NULL;

-- Whether the main device of a line is in its order, or with the order's receiver.
CREATE FUNCTION main_device_there(of_order bigint, of_line integer, main text) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM order_line l
                   WHERE l.order_id = of_order AND l.line_no <> of_line AND main = ANY (l.serial_numbers))
        OR EXISTS (SELECT FROM device_with w
                   JOIN orders o ON o.id = of_order AND o.receiver_kind <> 'kommunlager'
                       AND w.receiver = receiver_of(o.receiver_code, o.patient_id)
                   WHERE w.serial_number = main AND (w.order_id, w.line_no) IS DISTINCT FROM (of_order, of_line))
$$;

-- Append-only: every change of what a line is an accessory of, after its order was taken in.
CREATE TABLE accessory_tie (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id       bigint NOT NULL,
    line_no        integer NOT NULL,
    was            text,
    serial_number  text,
    reason         text NOT NULL CHECK (btrim(reason) <> ''),
    actor          text NOT NULL,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (order_id, line_no) REFERENCES order_line,
    CHECK (was IS DISTINCT FROM serial_number)
);
CREATE INDEX accessory_tie_by_line ON accessory_tie (order_id, line_no, id);
CREATE INDEX accessory_tie_by_device ON accessory_tie (serial_number) WHERE serial_number IS NOT NULL;
CREATE INDEX accessory_tie_by_earlier ON accessory_tie (was) WHERE was IS NOT NULL;
CREATE TRIGGER accessory_tie_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON accessory_tie
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The only way to change what a stored line is an accessory of: to a main device that is there, or to none (NULL).
CREATE FUNCTION tie_accessory(of_order bigint, of_line integer, main text, why text, tied_by text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    stands text;
    tied_to text;
BEGIN
    SELECT o.state, l.accessory_to INTO stands, tied_to FROM order_line l JOIN orders o ON o.id = l.order_id
    WHERE l.order_id = of_order AND l.line_no = of_line FOR NO KEY UPDATE OF l;
    IF stands IS NULL OR stands IN ('draft', 'rejected', 'cancelled') THEN
        RAISE EXCEPTION 'line % of order % cannot be tied in %', of_line, of_order, stands
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF main IS NOT NULL AND NOT main_device_there(of_order, of_line, main) THEN
        RAISE EXCEPTION 'the main device is not with the receiver' USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE order_line SET accessory_to = main WHERE order_id = of_order AND line_no = of_line;
    INSERT INTO accessory_tie (order_id, line_no, was, serial_number, reason, actor)
    VALUES (of_order, of_line, tied_to, main, why, tied_by);
END $$;

GRANT SELECT ON swap, accessory_tie, device_with TO orderflode_worker;
GRANT INSERT (order_id, return_id, article, serial_number, reason, actor) ON swap TO orderflode_worker;
REVOKE EXECUTE ON FUNCTION tie_accessory FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tie_accessory TO orderflode_worker;
