-- Who looked at an order's patient, on the order's own page: by its number, as everything else there.
CREATE INDEX access_log_by_order ON access_log (order_id) WHERE order_id IS NOT NULL;
