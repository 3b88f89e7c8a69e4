-- Orders, their lines and history, and how they came in.

CREATE TABLE intake_batch (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source        text NOT NULL,
    content_hash  bytea NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at   timestamptz,
    accepted      integer NOT NULL DEFAULT 0,
    refused       integer NOT NULL DEFAULT 0,
    unchanged     integer NOT NULL DEFAULT 0
);
CREATE INDEX intake_batch_by_content ON intake_batch (content_hash);

-- Raw input as it came, sealed. order_key is a keyed hash, so that an external_id that turns out
-- to be somebody's number is never in clear.
CREATE TABLE intake_row (
    batch_id   bigint NOT NULL REFERENCES intake_batch,
    row_no     integer NOT NULL,
    order_key  bytea NOT NULL,
    sealed     bytea NOT NULL,
    PRIMARY KEY (batch_id, order_key, row_no)
);

CREATE TABLE orders (
    id                          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source                      text NOT NULL,
    external_id                 text NOT NULL,
    body_hash                   bytea NOT NULL,
    order_type                  text NOT NULL CHECK (order_type IN ('lagerflyttsorder', 'bestallning', 'forskrivning')),
    customer_order_type         text,
    state                       text NOT NULL DEFAULT 'draft' CHECK (state IN (
                                    'draft', 'validated', 'picked', 'utleverans', 'delivered',
                                    'rejected', 'backordered', 'cancelled')),
    version                     integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    priority                    smallint NOT NULL CHECK (priority IN (0, 1)),  -- 0 akut, 1 normal
    received_at                 timestamptz NOT NULL,
    -- When the next step is due; NULL: waits for a person or for goods, or has ended.
    due_at                      timestamptz,
    attempts                    smallint NOT NULL DEFAULT 0,
    -- Tried without company, since a cohort it was in crashed.
    alone                       boolean NOT NULL DEFAULT false,
    held_since                  timestamptz,
    held_reason                 text,
    ended_at                    timestamptz,
    kommun                      text,
    sender                      text NOT NULL,
    receiver_kind               text NOT NULL CHECK (receiver_kind IN ('kommunlager', 'vardenhet', 'patient')),
    receiver_code               text,
    patient_id                  bigint REFERENCES patient,
    -- Name, address, phone and note of the recipient: recipient.sealed.
    recipient                   uuid,
    protected                   boolean NOT NULL DEFAULT false,
    orderer_person              text NOT NULL,
    orderer_unit                text NOT NULL,
    prescriber                  text,
    medical_decision_date       date,
    medical_decision_reference  text,
    instruction_reference       text,
    instruction_approved_by     text,
    partial                     boolean NOT NULL,
    ordered_on                  date NOT NULL,
    wanted_date                 date,
    reference                   text,
    batch_id                    bigint REFERENCES intake_batch,
    -- A restorder points at the order whose rest it delivers.
    rest_of                     bigint REFERENCES orders,
    utleverans                  bigint,
    violations                  jsonb,
    evidence                    jsonb,
    created_by                  text NOT NULL,
    UNIQUE (source, external_id),
    CHECK ((receiver_kind = 'patient') = (patient_id IS NOT NULL)),
    CHECK ((receiver_kind = 'patient') = (receiver_code IS NULL)),
    -- P4: no order is ever delivered without its utleverans.
    CHECK (state NOT IN ('utleverans', 'delivered') OR utleverans IS NOT NULL),
    CHECK ((state IN ('delivered', 'cancelled')) = (ended_at IS NOT NULL)),
    -- A backordered order is due by itself only to be tried again after a failure.
    CHECK (due_at IS NULL OR state IN ('draft', 'validated', 'picked', 'utleverans', 'backordered')),
    CHECK ((state = 'rejected') = (violations IS NOT NULL)),
    CHECK ((held_since IS NULL) = (held_reason IS NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- The claim: due orders of one type in one state, by priority and age.
CREATE INDEX orders_due ON orders (order_type, state, priority, due_at, id)
    WHERE due_at IS NOT NULL AND held_since IS NULL;
CREATE INDEX orders_alone ON orders (order_type, state, due_at) WHERE alone AND due_at IS NOT NULL;
CREATE INDEX orders_held ON orders (held_since) WHERE held_since IS NOT NULL;
CREATE INDEX orders_rest ON orders (rest_of) WHERE rest_of IS NOT NULL;

CREATE TABLE recipient (
    id      uuid PRIMARY KEY,
    sealed  bytea NOT NULL
);

CREATE TABLE order_line (
    order_id         bigint NOT NULL REFERENCES orders,
    line_no          integer NOT NULL CHECK (line_no >= 1),
    article          text NOT NULL,
    quantity         integer NOT NULL CHECK (quantity BETWEEN 1 AND 9999),
    serial_numbers   text[],
    -- Units that left this order's main line: moved to a restorder, and missing at the receipt.
    on_rest          integer NOT NULL DEFAULT 0 CHECK (on_rest >= 0),
    short_delivered  integer NOT NULL DEFAULT 0 CHECK (short_delivered >= 0),
    PRIMARY KEY (order_id, line_no),
    CHECK (on_rest + short_delivered <= quantity)
);

CREATE TABLE intake_verdict (
    batch_id    bigint NOT NULL REFERENCES intake_batch,
    first_row   integer NOT NULL,
    last_row    integer NOT NULL,
    verdict     text NOT NULL CHECK (verdict IN ('accepted', 'refused', 'unchanged')),
    order_id    bigint REFERENCES orders,
    violations  jsonb,
    PRIMARY KEY (batch_id, first_row),
    CHECK ((verdict = 'refused') = (violations IS NOT NULL)),
    CHECK ((verdict = 'refused') = (order_id IS NULL))
);

-- Generated from the machines: which event takes an order from where to where.
CREATE TABLE allowed_transition (
    order_type  text NOT NULL,
    event       text NOT NULL,
    from_state  text NOT NULL,
    to_state    text NOT NULL,
    PRIMARY KEY (order_type, event, from_state, to_state)
);

-- Append-only: every transition, who, when, from, to and why. Version 1 is the order's creation.
CREATE TABLE history (
    order_id    bigint NOT NULL,
    version     integer NOT NULL,
    event       text NOT NULL,
    from_state  text,
    to_state    text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL,
    reason      text,
    details     jsonb,
    PRIMARY KEY (order_id, version),
    CHECK ((version = 1) = (from_state IS NULL))
) WITH (autovacuum_vacuum_insert_scale_factor = 0.2);
CREATE UNIQUE INDEX history_one_end ON history (order_id) WHERE to_state IN ('delivered', 'cancelled');

-- The journal of claims: one row a worker, written before the work on a connection of its own.
-- A row whose worker's advisory lock is gone belongs to a crash.
CREATE TABLE claim (
    worker      integer PRIMARY KEY,
    event       text NOT NULL,
    order_ids   bigint[] NOT NULL,
    claimed_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE SEQUENCE worker_number AS integer CYCLE;

-- When a process, or the canary through the queue, was last seen.
CREATE TABLE heartbeat (
    name     text PRIMARY KEY,
    sent_at  timestamptz,
    seen_at  timestamptz,
    details  jsonb
);
