-- Less and more: units cancelled out of an order, and the refill of kommunlager.

-- An order that is made smaller stays where it stands.
INSERT INTO allowed_transition (order_type, event, from_state, to_state)
SELECT order_type, 'reduce', state, state
FROM unnest(ARRAY['lagerflyttsorder', 'bestallning', 'forskrivning']) AS order_type,
     unnest(ARRAY['backordered', 'validated', 'picked']) AS state;

-- Units leave an order for a reason, and its history says which.
ALTER TABLE history ADD CHECK (event <> 'reduce' OR (reason IS NOT NULL AND details IS NOT NULL));

-- What is on its way to a kommunlager, or ordered to it.
CREATE INDEX orders_to_a_store ON orders (receiver_code) WHERE order_type = 'lagerflyttsorder' AND ended_at IS NULL;

-- What was ordered stays what was ordered, and something else is sent only where the order accepts it.
CREATE FUNCTION refuse_other_goods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(NEW.ordered_article, NEW.article) <> coalesce(OLD.ordered_article, OLD.article)
        OR NOT (SELECT accept_equivalent FROM orders WHERE id = NEW.order_id)
    THEN
        RAISE EXCEPTION 'order % accepts nothing else on line %', NEW.order_id, NEW.line_no
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_line_sends_what_is_accepted BEFORE UPDATE OF article, ordered_article ON order_line FOR EACH ROW
    WHEN (NEW.article <> OLD.article OR NEW.ordered_article IS DISTINCT FROM OLD.ordered_article)
    EXECUTE FUNCTION refuse_other_goods();
