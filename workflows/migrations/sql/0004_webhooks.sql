-- Whom we tell of what happens to orders: signed, and tried again from here until they have heard it.

-- Which transaction wrote a row of what only grows. A row that was committed late has a low number among rows that have
-- been looked at long ago, by any clock and any counter; the snapshot of the last look knows that it was not there.
-- A column, and not xmin: that is a savepoint's where there is one, and no index can hold it. Of what happened before
-- this revision nobody is told.
ALTER TABLE history ADD COLUMN tx xid8;
ALTER TABLE history ALTER COLUMN tx SET DEFAULT pg_current_xact_id();
CREATE INDEX history_told ON history (tx) WHERE tx IS NOT NULL
    AND (version = 1 OR to_state IN ('rejected', 'backordered', 'utleverans', 'delivered'));
ALTER TABLE intake_verdict ADD COLUMN tx xid8;
ALTER TABLE intake_verdict ALTER COLUMN tx SET DEFAULT pg_current_xact_id();
CREATE INDEX intake_verdict_told ON intake_verdict (tx) WHERE tx IS NOT NULL AND verdict = 'refused';

CREATE TABLE webhook (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name           text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    url            text NOT NULL CHECK (url ~ '^https?://[!-~]+$' AND length(url) <= 2000),
    events         text[] NOT NULL CHECK (cardinality(events) > 0
                       AND events <@ '{accepted, refused, backordered, utleverans, delivered, held}'),
    -- Of whose orders they are told; NULL is the whole region.
    kommun         text CHECK (kommun <> '*'),
    -- Sealed by the application, bound to the name: what signs is never in clear here.
    secret_sealed  bytea NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by     text NOT NULL,
    -- What happens meanwhile waits.
    paused_at      timestamptz
);

-- What one receiver is told of one thing that happened. The message's number goes with each try, so that a receiver
-- knows one that comes twice.
CREATE TABLE webhook_delivery (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook         bigint NOT NULL REFERENCES webhook ON DELETE CASCADE,
    message         uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    cause           text NOT NULL,
    event           text NOT NULL,
    order_id        bigint,
    payload         jsonb NOT NULL,
    made_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempts        integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    first_tried_at  timestamptz,
    -- NULL: heard, or given up. Whoever tries puts it off first: a crash costs a wait.
    next_try_at     timestamptz DEFAULT clock_timestamp(),
    delivered_at    timestamptz,
    failed_at       timestamptz,
    -- What came of the last try: a status, or the kind of an error; nothing that the receiver wrote.
    answer          text,
    UNIQUE (webhook, cause),
    CHECK (num_nonnulls(next_try_at, delivered_at, failed_at) = 1)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook, next_try_at, id) WHERE next_try_at IS NOT NULL;
CREATE INDEX webhook_delivery_of_order ON webhook_delivery (webhook, order_id, id) WHERE next_try_at IS NOT NULL;
CREATE INDEX webhook_delivery_listed ON webhook_delivery (webhook, id);
CREATE INDEX webhook_delivery_failed ON webhook_delivery (webhook, id) WHERE failed_at IS NOT NULL;
CREATE INDEX webhook_delivery_heard ON webhook_delivery (delivered_at) WHERE delivered_at IS NOT NULL;

-- What has been looked at: everything that `seen` sees. NULL after a restore: numbers of transactions are a server's own.
CREATE TABLE webhook_cursor (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    seen       pg_snapshot,
    looked_at  timestamptz NOT NULL
);
INSERT INTO webhook_cursor (seen, looked_at) VALUES (pg_current_snapshot(), clock_timestamp());

GRANT SELECT ON webhook, webhook_delivery, webhook_cursor TO orderflode_worker;
GRANT INSERT (name, url, events, kommun, secret_sealed, created_by), UPDATE (paused_at, secret_sealed), DELETE ON webhook
    TO orderflode_worker;
GRANT INSERT (webhook, cause, event, order_id, payload),
    UPDATE (attempts, first_tried_at, next_try_at, delivered_at, failed_at, answer), DELETE ON webhook_delivery
    TO orderflode_worker;
GRANT UPDATE (seen, looked_at) ON webhook_cursor TO orderflode_worker;
-- Who manages webhooks sees its own kommun's, and no secret, sealed or not; what it changes, a process of ours changes.
GRANT SELECT (id, name, url, events, kommun, created_at, created_by, paused_at) ON webhook TO orderflode_web;
GRANT SELECT ON webhook_delivery TO orderflode_web;

DO $$
DECLARE
    named CONSTANT text := 'coalesce(current_setting(''app.kommun'', true), '''') <> ''''';
    holder text;
BEGIN
    FOREACH holder IN ARRAY ARRAY['webhook', 'webhook_delivery'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', holder);
        EXECUTE format('CREATE POLICY processes_see_all ON %I TO orderflode_worker USING (true)', holder);
        EXECUTE format('CREATE POLICY owner_sees_all ON %I TO %I USING (%s)', holder, current_user, named);
        EXECUTE format('CREATE POLICY owner_names_somebody ON %I AS RESTRICTIVE TO %I USING (%s)',
                       holder, current_user, named);
    END LOOP;
END $$;
CREATE POLICY web_sees_its_kommun ON webhook TO orderflode_web
    USING (current_setting('app.kommun', true) IN ('*', kommun));
CREATE POLICY web_sees_its_kommun ON webhook_delivery TO orderflode_web
    USING (EXISTS (SELECT FROM webhook w WHERE w.id = webhook));
