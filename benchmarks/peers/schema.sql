-- What a peer keeps: the product's rows that the comparison's work unit writes, with the constraints and indexes that
-- a competent user would give them. Columns, foreign keys and unique keys are the product's; what the work unit never
-- uses (patients, rejections, held and backordered orders, devices) is left out, which favours the peer.

CREATE TABLE store (code text PRIMARY KEY);
CREATE TABLE article (number text PRIMARY KEY, name text NOT NULL);

CREATE TABLE orders (
    id             bigint PRIMARY KEY,
    external_id    text NOT NULL UNIQUE,
    order_type     text NOT NULL CHECK (order_type IN ('lagerflyttsorder', 'bestallning', 'forskrivning')),
    state          text NOT NULL DEFAULT 'draft'
                   CHECK (state IN ('draft', 'validated', 'picked', 'utleverans', 'delivered')),
    version        integer NOT NULL DEFAULT 1 CHECK (version >= 1),
    received_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    state_since    timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at       timestamptz,
    sender         text NOT NULL,
    receiver_kind  text NOT NULL CHECK (receiver_kind IN ('kommunlager', 'vardenhet', 'patient')),
    receiver_code  text NOT NULL,
    created_by     text NOT NULL,
    utleverans     bigint,
    CHECK (state NOT IN ('utleverans', 'delivered') OR utleverans IS NOT NULL),
    CHECK ((state = 'delivered') = (ended_at IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX orders_open ON orders (state, id) WHERE ended_at IS NULL;

CREATE TABLE order_line (
    order_id  bigint NOT NULL REFERENCES orders,
    line_no   integer NOT NULL CHECK (line_no >= 1),
    article   text NOT NULL,
    quantity  integer NOT NULL CHECK (quantity BETWEEN 1 AND 9999),
    PRIMARY KEY (order_id, line_no)
);

-- Version 1 is the order's creation.
CREATE TABLE history (
    order_id    bigint NOT NULL,
    version     integer NOT NULL,
    event       text NOT NULL,
    from_state  text,
    to_state    text NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL,
    PRIMARY KEY (order_id, version),
    CHECK ((version = 1) = (from_state IS NULL))
);
CREATE UNIQUE INDEX history_one_end ON history (order_id) WHERE to_state = 'delivered';

CREATE TABLE stock_balance (
    store     text NOT NULL REFERENCES store,
    article   text NOT NULL REFERENCES article,
    on_hand   integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved  integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    outbound  integer NOT NULL DEFAULT 0 CHECK (outbound >= 0),
    PRIMARY KEY (store, article),
    CHECK (reserved <= on_hand)
) WITH (fillfactor = 50);

CREATE TABLE movement (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('opening', 'pick', 'deliver')),
    article        text NOT NULL,
    quantity       integer NOT NULL CHECK (quantity > 0),
    from_place     text NOT NULL CHECK (from_place IN ('store', 'outbound', 'supplier')),
    from_store     text NOT NULL,
    to_place       text NOT NULL CHECK (to_place IN ('store', 'outbound', 'receiver')),
    to_store       text NOT NULL,
    -- The cause: an order's line at an order's version, or a document (the opening balance).
    order_id       bigint,
    order_version  integer,
    line_no        integer,
    document       text,
    actor          text NOT NULL,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((from_place, from_store) <> (to_place, to_store)),
    CHECK ((order_id IS NULL) <> (document IS NULL)),
    CHECK ((order_id IS NULL) = (order_version IS NULL) AND (order_id IS NULL) = (line_no IS NULL))
);
CREATE UNIQUE INDEX movement_one_cause ON movement (order_id, line_no, kind, order_version) WHERE order_id IS NOT NULL;
CREATE INDEX movement_by_time ON movement USING brin (at);

CREATE TABLE number_counter (
    store  text NOT NULL REFERENCES store,
    year   smallint NOT NULL,
    last   integer NOT NULL CHECK (last >= 0),
    PRIMARY KEY (store, year)
);

CREATE TABLE utleverans (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id    bigint NOT NULL UNIQUE,
    store       text NOT NULL,
    year        smallint NOT NULL,
    sequence    integer NOT NULL CHECK (sequence >= 1),
    number      text NOT NULL UNIQUE
                GENERATED ALWAYS AS (store || '-' || year || '-' || lpad(sequence::text, 6, '0')) STORED,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (store, year, sequence)
);
ALTER TABLE orders ADD FOREIGN KEY (utleverans) REFERENCES utleverans;

CREATE TABLE utleverans_line (
    utleverans  bigint NOT NULL,
    line_no     integer NOT NULL,
    article     text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (utleverans, line_no)
);
