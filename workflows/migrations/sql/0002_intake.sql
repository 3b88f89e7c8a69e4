-- Files: what an import brought, and its undoing.

ALTER TABLE intake_batch
    ADD COLUMN imported_by text,
    ADD COLUMN undone_at timestamptz,
    ADD COLUMN undone_by text,
    ADD COLUMN undone_reason text,
    ADD CHECK ((undone_at IS NULL) = (undone_by IS NULL) AND (undone_at IS NULL) = (undone_reason IS NULL));
-- Of a refused order: where its first raw row is found, which knows its external_id.
ALTER TABLE intake_verdict ADD COLUMN order_key bytea;

-- What is undone stays undone.
CREATE FUNCTION refuse_redoing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'batch % is undone', OLD.id USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER intake_batch_stays_undone BEFORE UPDATE ON intake_batch
    FOR EACH ROW WHEN (OLD.undone_at IS NOT NULL) EXECUTE FUNCTION refuse_redoing();

-- An order keeps its source and external_id for good, but for one that was cancelled when its import was undone.
CREATE FUNCTION refuse_renaming() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.source <> OLD.source OR OLD.state <> 'cancelled'
        OR NEW.external_id IS DISTINCT FROM OLD.external_id || '~undone-' || OLD.batch_id
        OR NOT EXISTS (SELECT FROM intake_batch b WHERE b.id = OLD.batch_id AND b.undone_at IS NOT NULL) THEN
        RAISE EXCEPTION 'order % keeps its external_id', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_keep_their_id BEFORE UPDATE OF source, external_id ON orders
    FOR EACH ROW EXECUTE FUNCTION refuse_renaming();

-- No order comes into a batch that is undone: an import that still runs ends there.
CREATE FUNCTION refuse_undone_batch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM created c JOIN intake_batch b ON b.id = c.batch_id WHERE b.undone_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the batch is undone' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER orders_of_standing_batches AFTER INSERT ON orders REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_undone_batch();

-- The orders that came of a batch: those it accepted, and what became of their rests.
CREATE FUNCTION orders_of_batch(batch bigint) RETURNS TABLE (order_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    WITH RECURSIVE came AS (
        SELECT v.order_id AS id FROM intake_verdict v WHERE v.batch_id = batch AND v.verdict = 'accepted'
        UNION
        SELECT r.id FROM came c JOIN orders r ON r.rest_of = c.id)
    SELECT id FROM came
$$;

-- The door of undoing: mark the batch, when every order of it is cancelled, and let those that were cancelled for
-- this give up their external_id, so that the mended file brings them again.
CREATE FUNCTION undo_batch(batch bigint, ids bigint[], undone_by_whom text, why text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    renamed integer;
BEGIN
    UPDATE intake_batch SET undone_at = clock_timestamp(), undone_by = undone_by_whom, undone_reason = why
    WHERE id = batch AND undone_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'batch % is not there to be undone', batch USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT FROM orders_of_batch(batch) b JOIN orders o ON o.id = b.order_id WHERE o.state <> 'cancelled') THEN
        RAISE EXCEPTION 'an order of batch % is not cancelled', batch USING ERRCODE = 'restrict_violation';
    END IF;
    UPDATE orders o SET external_id = o.external_id || '~undone-' || batch
    FROM intake_verdict v
    WHERE v.batch_id = batch AND v.verdict = 'accepted' AND v.order_id = o.id AND o.id = ANY (ids);
    GET DIAGNOSTICS renamed = ROW_COUNT;
    IF renamed <> cardinality(ids) THEN
        RAISE EXCEPTION '% of % orders came of batch %', renamed, cardinality(ids), batch
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

REVOKE UPDATE ON intake_batch FROM orderflode_worker;
GRANT UPDATE (finished_at, accepted, refused, unchanged) ON intake_batch TO orderflode_worker;
REVOKE EXECUTE ON FUNCTION undo_batch, orders_of_batch FROM PUBLIC;
GRANT EXECUTE ON FUNCTION undo_batch, orders_of_batch TO orderflode_worker;
