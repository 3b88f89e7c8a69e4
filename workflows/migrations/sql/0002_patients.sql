-- Patients: two numbers of one person, and every look at their data.

-- Who looked at whose data, when and why (Patientdatalagen). One row a patient; none where a search found nobody.
CREATE TABLE access_log (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL CHECK (actor ~ '\S'),
    -- What the actor was, and where, when looking.
    role        text,
    unit        text,
    patient_id  bigint REFERENCES patient,
    action      text NOT NULL CHECK (action IN (
                    'patient_search', 'patient_show', 'patient_join', 'patient_unjoin', 'recall', 'export')),
    why         text NOT NULL CHECK (why ~ '\S'),
    -- Orders, articles and serial numbers; never a patient's number.
    details     jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX access_log_by_patient ON access_log (patient_id, id);
CREATE TRIGGER access_log_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One person, two numbers: an earlier number leads to a later one until the join is undone. Patients and orders keep
-- their rows. There are no chains: a person is one current number and those that lead to it.
CREATE TABLE patient_link (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    old_patient  bigint NOT NULL REFERENCES patient,
    new_patient  bigint NOT NULL REFERENCES patient,
    -- The join that carried this one along: its number led to the one which was then itself joined to a later one.
    carried_by   bigint REFERENCES patient_link,
    joined_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    joined_by    text NOT NULL,
    joined_why   text NOT NULL CHECK (joined_why ~ '\S'),
    undone_at    timestamptz,
    undone_by    text,
    undone_why   text CHECK (undone_why ~ '\S'),
    CHECK (old_patient <> new_patient),
    CHECK (num_nonnulls(undone_at, undone_by, undone_why) IN (0, 3))
);
CREATE UNIQUE INDEX patient_link_one_active ON patient_link (old_patient) WHERE undone_at IS NULL;
CREATE INDEX patient_link_active ON patient_link (new_patient) WHERE undone_at IS NULL;

CREATE FUNCTION refuse_wrong_link() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    kinds CONSTANT text[] := '{reservnummer, samordningsnummer, personnummer}';
BEGIN
    -- Locked in one order, so that two joins of the same numbers see each other.
    PERFORM FROM patient WHERE id IN (NEW.old_patient, NEW.new_patient) ORDER BY id FOR NO KEY UPDATE;
    IF (SELECT array_position(kinds, e.kind) >= array_position(kinds, l.kind) FROM patient e, patient l
        WHERE e.id = NEW.old_patient AND l.id = NEW.new_patient) THEN
        RAISE EXCEPTION 'patient % is joined to a number of a lasting kind only', NEW.old_patient
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM patient_link k WHERE k.undone_at IS NULL
               AND (k.old_patient = NEW.new_patient OR k.new_patient = NEW.old_patient)) THEN
        RAISE EXCEPTION 'joining patient % to % would make a chain', NEW.old_patient, NEW.new_patient
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER patient_link_is_right BEFORE INSERT ON patient_link
    FOR EACH ROW EXECUTE FUNCTION refuse_wrong_link();
CREATE TRIGGER patient_link_stays BEFORE DELETE OR TRUNCATE ON patient_link
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER patient_link_stands BEFORE UPDATE OF id, old_patient, new_patient, carried_by, joined_at, joined_by, joined_why
    ON patient_link FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_link_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'link % is undone already', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER patient_link_undone_once BEFORE UPDATE ON patient_link FOR EACH ROW
    WHEN (OLD.undone_at IS NOT NULL) EXECUTE FUNCTION refuse_link_change();

-- The door of joins. Numbers that led to the earlier one are carried along, by links of their own.
CREATE FUNCTION join_patients(earlier bigint, later bigint, by_whom text, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    carried bigint[];
    link bigint;
BEGIN
    PERFORM FROM patient WHERE id IN (
        SELECT earlier UNION SELECT later
        UNION SELECT old_patient FROM patient_link WHERE new_patient = earlier AND undone_at IS NULL)
    ORDER BY id FOR NO KEY UPDATE;
    WITH undone AS (
        UPDATE patient_link SET undone_at = clock_timestamp(), undone_by = by_whom, undone_why = why
        WHERE new_patient = earlier AND undone_at IS NULL RETURNING old_patient)
    SELECT coalesce(array_agg(old_patient ORDER BY old_patient), '{}') INTO carried FROM undone;
    INSERT INTO patient_link (old_patient, new_patient, joined_by, joined_why)
    VALUES (earlier, later, by_whom, why) RETURNING id INTO link;
    INSERT INTO patient_link (old_patient, new_patient, carried_by, joined_by, joined_why)
    SELECT c, later, link, by_whom, why FROM unnest(carried) c;
END $$;

-- Undo the join of a number, and give back what was carried along with it.
CREATE FUNCTION undo_join(earlier bigint, by_whom text, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    carried bigint[];
    link bigint;
BEGIN
    PERFORM FROM patient WHERE id IN (
        SELECT earlier UNION SELECT new_patient FROM patient_link WHERE old_patient = earlier AND undone_at IS NULL
        UNION SELECT c.old_patient FROM patient_link k JOIN patient_link c ON c.carried_by = k.id
              WHERE k.old_patient = earlier AND k.undone_at IS NULL AND c.undone_at IS NULL)
    ORDER BY id FOR NO KEY UPDATE;
    UPDATE patient_link SET undone_at = clock_timestamp(), undone_by = by_whom, undone_why = why
    WHERE old_patient = earlier AND undone_at IS NULL RETURNING id INTO link;
    IF link IS NULL THEN
        RAISE EXCEPTION 'patient % is not joined', earlier USING ERRCODE = 'restrict_violation';
    END IF;
    WITH undone AS (
        UPDATE patient_link SET undone_at = clock_timestamp(), undone_by = by_whom, undone_why = why
        WHERE carried_by = link AND undone_at IS NULL RETURNING old_patient)
    SELECT coalesce(array_agg(old_patient ORDER BY old_patient), '{}') INTO carried FROM undone;
    INSERT INTO patient_link (old_patient, new_patient, joined_by, joined_why)
    SELECT c, earlier, by_whom, why FROM unnest(carried) c;
END $$;

-- Köpstopp: the article stays withdrawn, whatever master data say, until the stop is lifted. What they said last is kept
-- beside it, and holds then.
CREATE TABLE article_stop (
    id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article              text NOT NULL REFERENCES article,
    withdrawn_by_master  boolean NOT NULL,
    stopped_at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    stopped_by           text NOT NULL,
    stopped_why          text NOT NULL CHECK (stopped_why ~ '\S'),
    lifted_at            timestamptz,
    lifted_by            text,
    lifted_why           text CHECK (lifted_why ~ '\S'),
    CHECK (num_nonnulls(lifted_at, lifted_by, lifted_why) IN (0, 3))
);
CREATE UNIQUE INDEX article_stop_one_active ON article_stop (article) WHERE lifted_at IS NULL;
CREATE TRIGGER article_stop_stays BEFORE DELETE OR TRUNCATE ON article_stop
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION keep_stopped() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE article_stop SET withdrawn_by_master = NEW.withdrawn WHERE article = NEW.number AND lifted_at IS NULL;
    NEW.withdrawn := NEW.withdrawn OR FOUND;
    RETURN NEW;
END $$;
CREATE TRIGGER article_stays_stopped BEFORE UPDATE OF withdrawn ON article FOR EACH ROW EXECUTE FUNCTION keep_stopped();

-- Recalls, and what each found and when: pointers, no patient's data.
CREATE TABLE recall (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article      text NOT NULL REFERENCES article,
    from_serial  text,
    to_serial    text,
    why          text NOT NULL CHECK (why ~ '\S'),
    actor        text NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE recall_row (
    recall            bigint NOT NULL REFERENCES recall,
    row_no            integer NOT NULL,
    -- NULL: the units are not known by serial number, and no range rules them out.
    serial_number     text,
    units             integer NOT NULL CHECK (units > 0),
    place             text NOT NULL,
    store             text NOT NULL,
    order_id          bigint,
    line_no           integer,
    holding           bigint,
    since             timestamptz,
    -- The patient as the order or the holding has it, and the current number of the same person.
    patient_id        bigint REFERENCES patient,
    person            bigint REFERENCES patient,
    protected         boolean NOT NULL,
    -- The recipient of the order, and the newest one of the person's orders.
    recipient         uuid,
    newest_recipient  uuid,
    PRIMARY KEY (recall, row_no),
    CHECK ((patient_id IS NULL) = (person IS NULL))
);
CREATE TRIGGER recall_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recall
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER recall_row_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON recall_row
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Few movements pass inspection and repair: what stands there is found without reading the others.
CREATE INDEX movement_beside_the_shelf ON movement (article)
    WHERE from_place IN ('inspection', 'repair') OR to_place IN ('inspection', 'repair');

GRANT SELECT ON access_log, patient_link, article_stop, recall, recall_row TO orderflode_worker;
GRANT INSERT (actor, role, unit, patient_id, action, why, details) ON access_log TO orderflode_worker;
GRANT INSERT (article, withdrawn_by_master, stopped_by, stopped_why), UPDATE (lifted_at, lifted_by, lifted_why)
    ON article_stop TO orderflode_worker;
GRANT INSERT (article, from_serial, to_serial, why, actor) ON recall TO orderflode_worker;
GRANT INSERT ON recall_row TO orderflode_worker;
REVOKE EXECUTE ON FUNCTION join_patients, undo_join FROM PUBLIC;
GRANT EXECUTE ON FUNCTION join_patients, undo_join TO orderflode_worker;
