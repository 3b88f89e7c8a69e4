-- The log of looks at patients: what more it says, and the chain that shows whether a row was changed or taken away.

ALTER TABLE access_log
    -- Whose rows the actor saw when looking; NULL: the whole region.
    ADD COLUMN kommun text,
    ADD COLUMN order_id bigint,
    ADD COLUMN request_id text,
    -- The row's keyed hash, whose key the database does not have; NULL: from before 0.2.0.
    ADD COLUMN mac bytea CHECK (octet_length(mac) = 32),
    -- A row may be sealed once every transaction as old as its own has ended.
    ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    -- The seal that holds it; set once.
    ADD COLUMN seal bigint;
ALTER TABLE access_log DROP CONSTRAINT access_log_action_check;
ALTER TABLE access_log ADD CONSTRAINT access_log_action_check CHECK (action IN (
    'patient_search', 'patient_show', 'patient_open', 'patient_list', 'patient_join', 'patient_unjoin', 'patient_erase',
    'patient_export', 'recall', 'export', 'print', 'log_extract', 'denied'));
CREATE INDEX access_log_unsealed ON access_log (id) WHERE seal IS NULL;
CREATE INDEX access_log_by_seal ON access_log (seal);
CREATE INDEX access_log_by_time ON access_log (at);

DROP TRIGGER access_log_is_append_only ON access_log;
CREATE TRIGGER access_log_is_append_only BEFORE TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_log_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- Sealed once, and nothing else.
        IF OLD.seal IS NULL AND NEW.seal IS NOT NULL AND to_jsonb(NEW) - 'seal' = to_jsonb(OLD) - 'seal' THEN
            RETURN NEW;
        END IF;
    -- Five years are what the law asks at least; the door of retention alone says that it removes.
    ELSIF OLD.at < clock_timestamp() - interval '5 years' AND current_setting('app.removes_looks', true) = 'on' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'access_log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER access_log_row_stays BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION refuse_log_change();

-- One link of the chain: rows that were written before `up_to`, which nobody can add to any more.
CREATE TABLE access_seal (
    number     bigint PRIMARY KEY CHECK (number >= 1),
    -- The digest of the seal before; 32 zeros in the first.
    previous   bytea NOT NULL CHECK (octet_length(previous) = 32),
    -- The rows, by id: the first and the last are its range.
    ids        bigint[] NOT NULL CHECK (cardinality(ids) > 0),
    up_to      xid8 NOT NULL,
    sealed_at  timestamptz NOT NULL,
    -- Keyed, over all of this and the rows' keyed hashes.
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32)
);
CREATE TRIGGER access_seal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Rows of a seal that were removed when their time had passed; the seal stays.
CREATE TABLE access_removal (
    seal        bigint PRIMARY KEY REFERENCES access_seal,
    removed_at  timestamptz NOT NULL,
    removed_by  text NOT NULL CHECK (removed_by ~ '\S'),
    mac         bytea NOT NULL CHECK (octet_length(mac) = 32)
);
CREATE TRIGGER access_removal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_removal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What a reviewer decided of a row. The row may be gone one day; that it was reviewed is kept.
CREATE TABLE access_review (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    look         bigint NOT NULL,
    decision     text NOT NULL CHECK (decision IN ('right', 'asked', 'wrong')),
    note         text,
    reviewed_by  text NOT NULL CHECK (reviewed_by ~ '\S'),
    reviewed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- What is not right is explained.
    CHECK (decision = 'right' OR note ~ '\S')
);
CREATE INDEX access_review_of_look ON access_review (look);
CREATE TRIGGER access_review_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_review
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Patients whose data are erased keep their row, and so do their orders: nobody can tell any more whose they were.
ALTER TABLE patient
    ADD COLUMN erased_at timestamptz,
    -- While keys are changed: the index under the other ones, so that whoever looks there finds the patient too.
    ADD COLUMN other_lookup bytea UNIQUE,
    ADD CHECK (erased_at IS NULL OR octet_length(sealed) = 0);

-- The numbers of the next rows, and the moment they are of: the caller makes their keyed hashes of both.
CREATE FUNCTION next_looks(how_many integer) RETURNS TABLE (at timestamptz, ids bigint[])
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT clock_timestamp(),
           ARRAY(SELECT nextval('public.access_log_id_seq') FROM generate_series(1, how_many))
$$;

-- The one way into the log: `look` has ids, at, actor, role, unit, kommun, action, why, order_id, request_id, details,
-- patients and macs (in hex), a row for each id.
CREATE FUNCTION write_looks(look jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    logged integer;
BEGIN
    IF (look ->> 'at')::timestamptz NOT BETWEEN transaction_timestamp() AND clock_timestamp() THEN
        RAISE EXCEPTION 'a look is logged when it happens' USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO access_log (id, at, actor, role, unit, kommun, action, why, order_id, request_id, details,
                            patient_id, mac)
    OVERRIDING SYSTEM VALUE
    SELECT r.id::bigint, (look ->> 'at')::timestamptz, look ->> 'actor', look ->> 'role', look ->> 'unit',
           look ->> 'kommun', look ->> 'action', look ->> 'why', (look ->> 'order_id')::bigint, look ->> 'request_id',
           look -> 'details', r.patient::bigint, decode(r.mac, 'hex')
    FROM ROWS FROM (jsonb_array_elements_text(look -> 'ids'), jsonb_array_elements_text(look -> 'patients'),
                    jsonb_array_elements_text(look -> 'macs')) AS r (id, patient, mac)
    WHERE decode(r.mac, 'hex') IS NOT NULL;
    GET DIAGNOSTICS logged = ROW_COUNT;
    -- Nobody is seen of whom there is no row.
    IF logged = 0 OR logged < jsonb_array_length(look -> 'patients') THEN
        RAISE EXCEPTION 'a look is logged with its keyed hash' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

-- Whether the transaction's kommun sees an order; its own policy says the same to the web process.
CREATE FUNCTION order_is_seen(kommun_of_order text, sender_of_order text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT current_setting('app.kommun', true) = '*' OR kommun_of_order = current_setting('app.kommun', true)
        OR EXISTS (SELECT FROM store WHERE code = sender_of_order AND kommun = current_setting('app.kommun', true))
$$;

-- The numbers of the person with a keyed index, where the transaction's kommun sees an order of theirs. Without the
-- keys nobody has an index to ask with; who asks logs it, found or not.
CREATE FUNCTION numbers_here(keyed bytea) RETURNS TABLE (id bigint, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH found AS (
        SELECT p.id FROM patient p WHERE p.lookup = keyed
        UNION ALL SELECT p.id FROM patient p WHERE p.other_lookup = keyed LIMIT 1),
    person AS (
        SELECT coalesce((SELECT k.new_patient FROM patient_link k
                         WHERE k.old_patient = f.id AND k.undone_at IS NULL), f.id) AS current FROM found f),
    number AS (
        SELECT current AS id FROM person
        UNION SELECT k.old_patient FROM person JOIN patient_link k ON k.new_patient = current AND k.undone_at IS NULL)
    SELECT p.id, p.kind FROM number n JOIN patient p ON p.id = n.id
    WHERE current_setting('app.kommun', true) = '*' OR EXISTS (
        SELECT FROM number m JOIN orders o ON o.patient_id = m.id WHERE order_is_seen(o.kommun, o.sender))
    ORDER BY p.id
$$;

-- The doors to what is sealed: the row of the log is written first, by the same call. No log, no data.
CREATE FUNCTION open_patients(look jsonb) RETURNS TABLE (id bigint, kind text, lookup bytea, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM write_looks(look);
    RETURN QUERY
        SELECT p.id, p.kind, p.lookup, p.sealed FROM patient p
        WHERE p.id IN (SELECT one::bigint FROM jsonb_array_elements_text(look -> 'patients') one)
          AND EXISTS (SELECT FROM orders o WHERE o.patient_id = p.id AND order_is_seen(o.kommun, o.sender));
END $$;
CREATE FUNCTION open_recipient(look jsonb) RETURNS TABLE (id uuid, sealed bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    PERFORM write_looks(look);
    RETURN QUERY
        SELECT r.id, r.sealed FROM orders o JOIN recipient r ON r.id = o.recipient
        WHERE o.id = (look ->> 'order_id')::bigint AND order_is_seen(o.kommun, o.sender);
END $$;

-- The door of the chain. One sealer at a time; who writes looks waits for none.
CREATE FUNCTION seal_looks(link bigint, before bytea, rows bigint[], window_end xid8, at timestamptz, chained bytea)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    sealed bigint;
BEGIN
    INSERT INTO access_seal (number, previous, ids, up_to, sealed_at, digest)
    VALUES (link, before, rows, window_end, at, chained);
    UPDATE access_log SET seal = link WHERE id = ANY (rows) AND seal IS NULL;
    GET DIAGNOSTICS sealed = ROW_COUNT;
    IF sealed <> cardinality(rows) THEN
        RAISE EXCEPTION '% of % rows can be sealed', sealed, cardinality(rows) USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

-- The door of retention: all rows of a seal, each of them older than the law asks for.
CREATE FUNCTION remove_looks(link bigint, at timestamptz, by_whom text, keyed bytea) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    removed bigint;
BEGIN
    INSERT INTO access_removal (seal, removed_at, removed_by, mac) VALUES (link, at, by_whom, keyed);
    PERFORM set_config('app.removes_looks', 'on', true);
    DELETE FROM access_log WHERE seal = link;
    GET DIAGNOSTICS removed = ROW_COUNT;
    PERFORM set_config('app.removes_looks', 'off', true);
    RETURN removed;
END $$;

-- The door of erasure. Returns the content hashes of the documents whose files are to go.
CREATE FUNCTION erase_patients(look jsonb) RETURNS TABLE (sha256 bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    whose bigint[] := ARRAY(SELECT one::bigint FROM jsonb_array_elements_text(look -> 'patients') one ORDER BY 1);
    theirs bigint[];
BEGIN
    -- No order to them begins meanwhile: its reference to the patient would wait here.
    PERFORM FROM patient p WHERE p.id = ANY (whose) ORDER BY p.id FOR UPDATE;
    IF EXISTS (SELECT FROM orders o WHERE o.patient_id = ANY (whose) AND o.ended_at IS NULL) THEN
        RAISE EXCEPTION 'a patient with an open order stays' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM write_looks(look);
    theirs := ARRAY(SELECT o.id FROM orders o WHERE o.patient_id = ANY (whose));
    -- What they were sent with, and what an amended order left behind.
    DELETE FROM recipient r WHERE r.id IN (SELECT o.recipient FROM orders o WHERE o.id = ANY (theirs))
        OR NOT EXISTS (SELECT FROM orders o WHERE o.recipient = r.id);
    DELETE FROM intake_row raw USING intake_verdict v, intake_row first
    WHERE v.order_id = ANY (theirs) AND first.batch_id = v.batch_id AND first.row_no = v.first_row
      AND raw.batch_id = v.batch_id AND raw.order_key = first.order_key;
    UPDATE orders SET body_hash = '\xff' || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
    WHERE orders.id = ANY (theirs);
    UPDATE utleverans u SET note_due = false WHERE u.order_id = ANY (theirs);
    UPDATE patient p SET sealed = '', lookup = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()),
        other_lookup = NULL, erased_at = clock_timestamp()
    WHERE p.id = ANY (whose);
    RETURN QUERY DELETE FROM document d USING utleverans u
        WHERE u.id = d.utleverans AND u.order_id = ANY (theirs) RETURNING d.sha256;
END $$;

-- The hash by which an order is known again stays that of what was sent. It is wrapped when keys are changed, with its
-- generation in front; the last of all generations is known by nothing: the patient is erased.
DROP TRIGGER orders_amended_when_rejected ON orders;
CREATE TRIGGER orders_amended_when_rejected
    BEFORE UPDATE OF order_type, customer_order_type, priority, kommun, sender, receiver_kind,
        receiver_code, patient_id, recipient, protected, orderer_person, orderer_unit, prescriber,
        medical_decision_date, medical_decision_reference, instruction_reference, instruction_approved_by, partial,
        ordered_on, wanted_date, reference ON orders
    FOR EACH ROW WHEN (OLD.state <> 'rejected') EXECUTE FUNCTION refuse_amendment();
CREATE FUNCTION refuse_other_body() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'order % is known by what was sent', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER orders_are_known_by_what_was_sent BEFORE UPDATE OF body_hash ON orders FOR EACH ROW WHEN (
    octet_length(NEW.body_hash) <> 33
    OR get_byte(NEW.body_hash, 0) <= CASE octet_length(OLD.body_hash) WHEN 32 THEN 1 ELSE get_byte(OLD.body_hash, 0) END)
    EXECUTE FUNCTION refuse_other_body();

-- Which keys are in use: the id of the one that seals, and the fingerprint of its index.
ALTER TABLE key_check
    -- NULL: they were never changed.
    ADD COLUMN current text,
    -- The key that takes over, from the moment that everybody can read with it.
    ADD COLUMN coming text;
CREATE FUNCTION refuse_old_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted key_check;
BEGIN
    -- Whoever changes the keys takes this lock for itself alone: then nobody is half-way through storing a patient.
    PERFORM pg_advisory_xact_lock_shared(hashtext('orderflode.keys'));
    SELECT * INTO wanted FROM key_check;
    IF wanted.current IS NOT NULL AND EXISTS (
        SELECT FROM fresh f WHERE NOT coalesce(
            convert_from(substr(f.sealed, 2, get_byte(f.sealed, 0)), 'LATIN1') IN (wanted.current, wanted.coming),
            false)) THEN
        -- They were changed a moment ago: who tries again has the new ones.
        RAISE EXCEPTION 'the keys were changed' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;
-- Rows of an import are sealed under that lock from the beginning, and need no look at each of a million.
CREATE TRIGGER patient_is_sealed_with_keys_in_use AFTER INSERT ON patient REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_old_keys();
CREATE TRIGGER recipient_is_sealed_with_keys_in_use AFTER INSERT ON recipient REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_old_keys();

REVOKE INSERT (actor, role, unit, patient_id, action, why, details) ON access_log FROM orderflode_worker;
REVOKE EXECUTE ON FUNCTION next_looks, write_looks, order_is_seen, numbers_here, open_patients, open_recipient, seal_looks,
    remove_looks, erase_patients FROM PUBLIC;
-- Who asks through the API reaches patients by these alone.
GRANT EXECUTE ON FUNCTION next_looks, write_looks, order_is_seen, numbers_here, open_patients, open_recipient
    TO orderflode_worker, orderflode_web;
GRANT EXECUTE ON FUNCTION seal_looks, remove_looks, erase_patients TO orderflode_worker;
GRANT SELECT ON access_seal, access_removal, access_review TO orderflode_worker;
GRANT INSERT (look, decision, note, reviewed_by) ON access_review TO orderflode_worker;
-- A change of keys seals anew what is sealed (rotating.py).
GRANT UPDATE (lookup, other_lookup, sealed) ON patient TO orderflode_worker;
GRANT UPDATE (sealed) ON recipient TO orderflode_worker;
GRANT UPDATE (sealed, order_key) ON intake_row TO orderflode_worker;
GRANT UPDATE (order_key) ON intake_verdict TO orderflode_worker;
GRANT UPDATE (content_hash) ON intake_batch TO orderflode_worker;
GRANT UPDATE (fingerprint, current, coming) ON key_check TO orderflode_worker;
