-- Logins that have begun at somebody else's door (OIDC): used once, by the browser that began, within ten minutes.
CREATE TABLE oidc_login (
    -- SHA-256: who reads this table cannot end a login that another began.
    state_hash    bytea PRIMARY KEY,
    browser_hash  bytea NOT NULL,
    nonce         text NOT NULL,
    verifier      text NOT NULL,
    expires_at    timestamptz NOT NULL
);
CREATE INDEX oidc_login_expired ON oidc_login (expires_at);

GRANT SELECT, INSERT, DELETE ON oidc_login TO orderflode_worker;
