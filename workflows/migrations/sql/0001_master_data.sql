-- Who and what there is: stores, care units, people and their rights, articles, patients.
-- Codes are opaque text ("10", "50301", "03-05"): never parsed, never numbers.

CREATE TABLE store (
    code      text PRIMARY KEY,
    name      text NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('hms', 'kommun')),
    kommun    text,
    picking   text NOT NULL CHECK (picking IN ('automatic', 'confirmed')),
    delivery  text NOT NULL CHECK (delivery IN ('automatic', 'confirmed')),
    shortage  text NOT NULL CHECK (shortage IN ('backorder', 'difference')),
    -- Lager 10 is always restnoterad, never booked down to a difference.
    CHECK (kind <> 'hms' OR shortage = 'backorder')
);

CREATE TABLE vardenhet (
    code         text PRIMARY KEY,
    name         text NOT NULL,
    kommun       text,
    own_store    text REFERENCES store,
    street       text,
    postal_code  text,
    city         text
);

CREATE TABLE article (
    number      text PRIMARY KEY,
    name        text NOT NULL,
    iso_class   text,
    gtin        text,
    individual  boolean NOT NULL,
    withdrawn   boolean NOT NULL,
    successor   text
);

CREATE TABLE person (
    id          text PRIMARY KEY,
    name        text NOT NULL,
    profession  text,
    licensed    boolean NOT NULL,
    roles       text[] NOT NULL
);

CREATE TABLE person_unit (
    person  text NOT NULL REFERENCES person,
    unit    text NOT NULL REFERENCES vardenhet,
    PRIMARY KEY (person, unit)
);

CREATE TABLE prescribing_right (
    person      text NOT NULL REFERENCES person,
    unit        text NOT NULL REFERENCES vardenhet,
    iso_prefix  text NOT NULL,
    valid_from  date,
    valid_to    date,
    UNIQUE NULLS NOT DISTINCT (person, unit, iso_prefix, valid_from),
    CHECK (valid_from <= valid_to)
);

CREATE TABLE stock_target (
    store          text NOT NULL REFERENCES store,
    article        text NOT NULL REFERENCES article,
    reorder_point  integer CHECK (reorder_point >= 0),
    target         integer CHECK (target >= 0),
    PRIMARY KEY (store, article)
);

-- Which keys the sealed data belong to: the keyed index of a fixed word. One row.
CREATE TABLE key_check (
    one_row      boolean PRIMARY KEY DEFAULT true CHECK (one_row),
    fingerprint  bytea NOT NULL
);

-- The number itself is sealed by the application; lookup is its keyed index, for equality only.
CREATE TABLE patient (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lookup  bytea NOT NULL UNIQUE,
    kind    text NOT NULL CHECK (kind IN ('personnummer', 'samordningsnummer', 'reservnummer')),
    sealed  bytea NOT NULL
);
