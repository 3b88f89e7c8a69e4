-- Who may use it: accounts, their sessions, one-time links, and the tokens of integrations.

-- The role of the web process, which acts for somebody and sees their kommun's rows (0004_row_security.sql).
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'orderflode_web') THEN
        BEGIN
            CREATE ROLE orderflode_web NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- Another database of this server is being migrated at the same moment.
        END;
    END IF;
    BEGIN
        EXECUTE format('GRANT orderflode_web TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege OR unique_violation THEN
        IF NOT pg_has_role(current_user, 'orderflode_web', 'MEMBER') THEN
            RAISE;
        END IF;
    END;
END $$;
GRANT USAGE ON SCHEMA public TO orderflode_web;

CREATE TABLE account (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- As the owner writes it, in lower case; never a personal identity number.
    login          text NOT NULL UNIQUE CHECK (login ~ '^[^\s:]+$' AND login = lower(login)),
    name           text NOT NULL CHECK (name ~ '\S'),
    -- The person of master data they are; units and rights to prescribe are that person's.
    person         text REFERENCES person,
    roles          text[] NOT NULL CHECK (
                       roles <@ '{lagerpersonal, tekniker, orderer, prescriber, hms, admin}'),
    -- Whose stores and orders they see; NULL is the whole region.
    kommun         text CHECK (kommun <> '*'),
    -- Argon2id; NULL: logs in elsewhere (issuer, subject), or has not chosen one yet.
    password_hash  text,
    issuer         text,
    subject        text,
    language       text NOT NULL DEFAULT 'sv' CHECK (language IN ('sv', 'en')),
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by     text NOT NULL,
    disabled_at    timestamptz,
    UNIQUE (issuer, subject),
    CHECK ((issuer IS NULL) = (subject IS NULL)),
    -- Only HMS and administrators work for the whole region.
    CHECK (kommun IS NOT NULL OR roles <@ '{hms, admin}')
);

-- A cookie's value is kept as its SHA-256: who reads this table cannot log in with it.
CREATE TABLE session (
    token_hash    bytea PRIMARY KEY,
    account       bigint NOT NULL REFERENCES account,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at    timestamptz NOT NULL,
    ended_at      timestamptz
);
CREATE INDEX session_of_account ON session (account) WHERE ended_at IS NULL;

-- What an integration shows: a secret, kept as its SHA-256 (it is random, and needs no slow hash).
CREATE TABLE api_token (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]*$'),
    token_hash    bytea NOT NULL UNIQUE,
    -- The source of the orders it sends.
    source        text NOT NULL,
    -- Names of permissions (workflows/permissions.py).
    scopes        text[] NOT NULL,
    kommun        text CHECK (kommun <> '*'),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by    text NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- To the minute: a token in use would be written at each request otherwise.
    last_used_at  timestamptz,
    revoked_at    timestamptz
);

GRANT SELECT ON account, session, api_token TO orderflode_worker;
GRANT INSERT (login, name, person, roles, kommun, password_hash, issuer, subject, language, created_by),
    UPDATE (name, person, roles, kommun, password_hash, issuer, subject, language, disabled_at) ON account
    TO orderflode_worker;
GRANT INSERT (token_hash, account, expires_at), UPDATE (last_seen_at, expires_at, ended_at) ON session
    TO orderflode_worker;
GRANT INSERT (name, token_hash, source, scopes, kommun, created_by, expires_at), UPDATE (last_used_at, revoked_at)
    ON api_token TO orderflode_worker;
