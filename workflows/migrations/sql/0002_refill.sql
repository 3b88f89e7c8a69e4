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
