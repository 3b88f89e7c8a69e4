-- What the pages of picking and deliveries read at once, and which pick lists have been printed.

-- Orders that wait for a person's pick, in the order of the queue: a page of them is as many rows as it shows.
DROP INDEX orders_to_pick;
CREATE INDEX orders_to_pick ON orders (sender, priority, received_at, id) WHERE state = 'validated' AND due_at IS NULL;
-- What left and came back (bomkörning): few among all that were cancelled.
CREATE INDEX orders_failed_delivery ON orders (sender, id) WHERE state = 'cancelled' AND utleverans IS NOT NULL;

-- Who printed the pick list of which orders, and when: one print is one file, however many orders are in it.
CREATE SEQUENCE pick_list_print_number;
CREATE TABLE pick_list_print (
    order_id    bigint NOT NULL REFERENCES orders,
    print       bigint NOT NULL,
    printed_at  timestamptz NOT NULL DEFAULT transaction_timestamp(),
    printed_by  text NOT NULL,
    PRIMARY KEY (order_id, print)
);
CREATE INDEX pick_list_print_by_print ON pick_list_print (print);

ALTER TABLE pick_list_print ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY processes_see_all ON pick_list_print TO orderflode_worker USING (true);
DO $$
DECLARE
    named CONSTANT text := 'coalesce(current_setting(''app.kommun'', true), '''') <> ''''';
BEGIN
    EXECUTE format('CREATE POLICY owner_sees_all ON pick_list_print TO %I USING (%s)', current_user, named);
    EXECUTE format('CREATE POLICY owner_names_somebody ON pick_list_print AS RESTRICTIVE TO %I USING (%s)',
                   current_user, named);
END $$;
CREATE POLICY web_sees_its_kommun ON pick_list_print TO orderflode_web
    USING (EXISTS (SELECT FROM orders o WHERE o.id = order_id));
GRANT SELECT, INSERT ON pick_list_print TO orderflode_worker;
GRANT USAGE ON SEQUENCE pick_list_print_number TO orderflode_worker;
GRANT SELECT ON pick_list_print TO orderflode_web;
