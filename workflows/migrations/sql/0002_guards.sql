-- Guards that no table of the session's own deceives, and rows that are born as every row begins.

-- A trigger function without a search path looks at a temporary table of the same name, which any role may make.
DO $$
DECLARE
    guard regprocedure;
BEGIN
    FOR guard IN
        SELECT p.oid FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype
          AND p.proowner = current_user::regrole AND NOT EXISTS (
            SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%')
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, public, pg_temp', guard);
    END LOOP;
END $$;

-- What left a line, and the undoing of an import, are no part of their birth.
REVOKE INSERT ON order_line, intake_batch FROM orderflode_worker;
GRANT INSERT (order_id, line_no, article, ordered_article, quantity, serial_numbers, accessory_to) ON order_line
    TO orderflode_worker;
GRANT INSERT (source, content_hash, imported_by) ON intake_batch TO orderflode_worker;
