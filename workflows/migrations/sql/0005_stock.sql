-- What the pages of a store read. Whose rows are there is said by the policies of 0004_row_security.sql.
GRANT SELECT ON movement, difference_followup, stock_count, stock_count_line, device, device_event, holding, waiting_line,
    swap, accessory_tie, return_order, return_line, return_device, return_history TO orderflode_web;

-- A balance's latest movements, without reading the others. What moves on from outbound to its receiver leaves the shelf
-- as it is, and costs nothing here.
CREATE INDEX movement_from_shelf ON movement (from_store, article, id) WHERE from_place = 'store';
CREATE INDEX movement_to_shelf ON movement (to_store, article, id) WHERE to_place = 'store';

-- The devices of an article that are in a store.
CREATE INDEX device_of_store ON device (store, article, serial_number)
    WHERE place IN ('store', 'outbound', 'inspection', 'repair');

-- Differences are few, and a store's are looked into the newest first.
CREATE INDEX movement_differences_of_store ON movement (from_store, id)
    WHERE kind IN ('difference', 'short_pick', 'short_delivery', 'adjust', 'count', 'write_off');
