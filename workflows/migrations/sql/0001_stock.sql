-- Goods never appear or vanish: movements are double entry, balances are their sums, checked here.

CREATE TABLE stock_balance (
    store     text NOT NULL REFERENCES store,
    article   text NOT NULL REFERENCES article,
    on_hand   integer NOT NULL DEFAULT 0 CHECK (on_hand >= 0),
    reserved  integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    outbound  integer NOT NULL DEFAULT 0 CHECK (outbound >= 0),
    PRIMARY KEY (store, article),
    CHECK (reserved <= on_hand)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

CREATE TABLE movement (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN (
                       'opening', 'receive', 'adjust', 'difference', 'reverse_difference',
                       'pick', 'short_pick', 'deliver', 'short_delivery', 'cancel', 'fail_delivery')),
    article        text NOT NULL,
    quantity       integer NOT NULL CHECK (quantity > 0),
    from_place     text NOT NULL CHECK (from_place IN ('store', 'outbound', 'receiver', 'supplier', 'difference')),
    from_store     text NOT NULL,
    to_place       text NOT NULL CHECK (to_place IN ('store', 'outbound', 'receiver', 'supplier', 'difference')),
    to_store       text NOT NULL,
    -- The cause: an order's line at an order's version, or a document (a receipt, a count).
    order_id       bigint,
    order_version  integer,
    line_no        integer,
    document       text,
    actor          text NOT NULL,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((from_place, from_store) <> (to_place, to_store)),
    CHECK ((order_id IS NULL) <> (document IS NULL)),
    CHECK ((order_id IS NULL) = (order_version IS NULL) AND (order_id IS NULL) = (line_no IS NULL))
) WITH (autovacuum_vacuum_insert_scale_factor = 0.2);
-- A cause moves its goods once, however often it is told to.
CREATE UNIQUE INDEX movement_one_cause ON movement (order_id, line_no, kind, order_version) WHERE order_id IS NOT NULL;
CREATE UNIQUE INDEX movement_one_document ON movement (document, article, from_store, to_store) WHERE document IS NOT NULL;

-- What backordered orders wait for; an order keeps its place for each article it lacks.
CREATE TABLE waiting_line (
    store        text NOT NULL,
    article      text NOT NULL,
    priority     smallint NOT NULL,
    received_at  timestamptz NOT NULL,
    order_id     bigint NOT NULL REFERENCES orders,
    quantity     integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (store, article, priority, received_at, order_id)
);
CREATE INDEX waiting_line_by_order ON waiting_line (order_id);

-- Goods that came free while somebody waits for them; the resume step consumes the rows.
CREATE TABLE restock (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    store    text NOT NULL,
    article  text NOT NULL
);
CREATE INDEX restock_by_store ON restock (store, id);

CREATE TABLE number_counter (
    store  text NOT NULL REFERENCES store,
    year   smallint NOT NULL,
    last   integer NOT NULL CHECK (last >= 0),
    PRIMARY KEY (store, year)
);

-- Written by issue_utleveranser alone, from the orders themselves: foreign keys here would cost 10 µs a row and find
-- nothing that verify does not.
CREATE TABLE utleverans (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id    bigint NOT NULL UNIQUE,
    store       text NOT NULL,
    year        smallint NOT NULL,
    sequence    integer NOT NULL CHECK (sequence >= 1),
    number      text NOT NULL GENERATED ALWAYS AS (
                    store || '-' || year || '-'
                    || CASE WHEN sequence < 1000000 THEN lpad(sequence::text, 6, '0') ELSE sequence::text END
                ) STORED,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Whether its delivery note is still to be rendered ahead of the first request.
    note_due    boolean NOT NULL DEFAULT true,
    UNIQUE (store, year, sequence)
);
CREATE INDEX utleverans_note_due ON utleverans (id) WHERE note_due;
CREATE UNIQUE INDEX utleverans_by_number ON utleverans (number);
ALTER TABLE orders ADD FOREIGN KEY (utleverans) REFERENCES utleverans;

CREATE TABLE utleverans_line (
    utleverans  bigint NOT NULL,
    line_no     integer NOT NULL,
    article     text NOT NULL,
    quantity    integer NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (utleverans, line_no)
);

-- A stored document: its file is sealed, named by the hash of what is in it.
CREATE TABLE document (
    utleverans   bigint NOT NULL REFERENCES utleverans,
    kind         text NOT NULL CHECK (kind IN ('delivery_note')),
    sha256       bytea NOT NULL,
    rendered_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (utleverans, kind)
);
