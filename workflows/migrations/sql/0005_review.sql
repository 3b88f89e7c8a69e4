-- What a reviewer asks of the access log is answered by an index in the order of the answer; what was verified is kept;
-- and whoever searches a patient sees what they have.
DROP INDEX access_log_by_time;
CREATE INDEX access_log_by_time ON access_log (at, id);
CREATE INDEX access_log_by_actor ON access_log (actor, at, id);
CREATE INDEX access_log_by_action ON access_log (action, at, id);
CREATE INDEX access_log_by_kommun ON access_log (kommun, at, id) WHERE kommun IS NOT NULL;

-- Each run of `orderflode verify`: how many invariants were checked, and the names of those that do not hold.
CREATE TABLE verification (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked  integer NOT NULL CHECK (checked > 0),
    -- Name → how often it is broken.
    broken   jsonb NOT NULL,
    by_whom  text NOT NULL
);
CREATE TRIGGER verification_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON verification
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT SELECT ON verification TO orderflode_web, orderflode_worker;
GRANT INSERT (checked, broken, by_whom) ON verification TO orderflode_worker;

-- Each kommun's by their policies.
GRANT SELECT ON device, holding TO orderflode_web;

-- A person's orders and things, of a million: found one by one, and not by reading all. What is not for a patient is not
-- in these indexes.
CREATE INDEX orders_of_patient ON orders (patient_id, id) WHERE patient_id IS NOT NULL;
CREATE INDEX holding_of_patient ON holding (patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX device_by_holding ON device (holding) WHERE holding IS NOT NULL;
