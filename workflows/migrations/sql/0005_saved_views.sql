-- Which lists does somebody want to see again? The filters of a page, under a name of theirs.
CREATE TABLE saved_view (
    account  bigint NOT NULL REFERENCES account,
    page     text NOT NULL CHECK (page ~ '^/[a-z/-]*$'),
    name     text NOT NULL CHECK (name ~ '\S' AND length(name) <= 60),
    -- As it stands in the page's address, behind the question mark; filters name no patient.
    query    text NOT NULL CHECK (length(query) <= 1000),
    PRIMARY KEY (account, page, name)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_view TO orderflode_worker;
