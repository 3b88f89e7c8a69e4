-- Whose rows are there for whom. Processes of ours see all; the web process sees those of the kommun it acts for, which
-- transaction() names in app.kommun ('*' is the whole region). The owner, in whose name the doors run, sees rows in a
-- transaction that has named somebody, and none otherwise.

-- Whose orders a kommun sees: its units', and those that leave or reach its stores.
CREATE POLICY web_sees_its_kommun ON orders TO orderflode_web USING (
    current_setting('app.kommun', true) = '*'
    OR kommun = current_setting('app.kommun', true)
    OR sender IN (SELECT code FROM store WHERE kommun = current_setting('app.kommun', true))
    OR receiver_kind = 'kommunlager'
       AND receiver_code IN (SELECT code FROM store WHERE kommun = current_setting('app.kommun', true)));

GRANT SELECT ON orders, order_line, history, utleverans, utleverans_line, stock_balance, intake_batch, intake_verdict,
    store, vardenhet, article, person, person_unit, prescribing_right, stock_target, allowed_transition, article_stop,
    order_count, order_count_change, heartbeat TO orderflode_web;
