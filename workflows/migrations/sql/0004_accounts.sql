-- Who may use it: accounts, their sessions and one-time links, the pace of guessing, and the tokens of integrations.

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
    kommun         text CHECK (kommun NOT IN ('', '*')),
    -- Argon2id; NULL: logs in elsewhere (issuer, subject), or has not chosen one yet.
    password_hash  text,
    has_password   boolean NOT NULL GENERATED ALWAYS AS (password_hash IS NOT NULL) STORED,
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

-- What happened to accounts, and who tried to be one: append-only. The login that somebody guessed is not kept, where
-- there is none of that name: people write passwords into that field.
CREATE TABLE account_event (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    account  bigint REFERENCES account,
    event    text NOT NULL CHECK (event IN (
                 'created', 'invited', 'password', 'roles', 'disabled', 'enabled', 'sessions_ended', 'login',
                 'login_failed', 'logout', 'events_removed')),
    -- A login, the operator at the command line, or the address that tried.
    by_whom  text NOT NULL,
    detail   text,
    CHECK (account IS NOT NULL OR event IN ('login_failed', 'events_removed'))
);
CREATE INDEX account_event_of ON account_event (account, id);

-- The door of retention: who came and went, when that has been kept as long as looks at patients are, five years at
-- least. What made an account what it is stays as long as the account does, and so does that rows went.
CREATE FUNCTION remove_account_events(years integer, by_whom text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    before CONSTANT timestamptz := clock_timestamp() - make_interval(years => greatest(years, 5));
    removed bigint;
BEGIN
    DELETE FROM account_event e
    WHERE e.event IN ('login', 'login_failed', 'logout', 'sessions_ended') AND e.at < before;
    GET DIAGNOSTICS removed = ROW_COUNT;
    IF removed > 0 THEN
        INSERT INTO account_event (event, by_whom, detail)
        VALUES ('events_removed', by_whom, format('%s before %s', removed, before::date));
    END IF;
    RETURN removed;
END $$;
REVOKE EXECUTE ON FUNCTION remove_account_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_account_events TO orderflode_worker;

-- A cookie's value is kept as its SHA-256: who reads this table cannot log in with it. A session that ends is gone.
CREATE TABLE session (
    token_hash    bytea PRIMARY KEY,
    -- What people call it by; it opens nothing.
    id            bigint NOT NULL GENERATED ALWAYS AS IDENTITY UNIQUE,
    account       bigint NOT NULL REFERENCES account,
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- To the minute.
    last_seen_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at    timestamptz NOT NULL
);
CREATE INDEX session_of_account ON session (account);

-- A link that is used once: the first administrator's, an invitation, a new password.
CREATE TABLE one_time_link (
    token_hash  bytea PRIMARY KEY,
    purpose     text NOT NULL CHECK (purpose IN ('first', 'invite', 'reset')),
    account     bigint REFERENCES account,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by  text NOT NULL,
    expires_at  timestamptz NOT NULL,
    -- When it was used, or another took its place.
    ended_at    timestamptz,
    -- The first administrator chooses a login; until then there is no account.
    CHECK ((account IS NULL) = (purpose = 'first'))
);
CREATE INDEX one_time_link_of_account ON one_time_link (account) WHERE ended_at IS NULL;

-- A browser in which somebody has logged in to this account before: others' guesses do not slow it.
CREATE TABLE known_device (
    token_hash  bytea,
    account     bigint REFERENCES account,
    seen_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (token_hash, account)
);

-- How fast somebody may guess: an account's, an address's or a device's allowance is whole again at full_at. The key is
-- a hash; a row whose moment has passed says nothing and goes.
CREATE TABLE login_pace (
    key      bytea PRIMARY KEY,
    full_at  timestamptz NOT NULL
);
CREATE INDEX login_pace_full ON login_pace (full_at);

-- What an integration shows: a secret, kept as its SHA-256 (it is random, and needs no slow hash).
CREATE TABLE api_token (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name          text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]*$'),
    token_hash    bytea NOT NULL UNIQUE,
    -- The source of the orders it sends.
    source        text NOT NULL,
    -- Names of permissions (workflows/permissions.py).
    scopes        text[] NOT NULL,
    kommun        text CHECK (kommun NOT IN ('', '*')),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    created_by    text NOT NULL,
    expires_at    timestamptz NOT NULL,
    -- To the minute: a token in use would be written at each request otherwise.
    last_used_at  timestamptz,
    revoked_at    timestamptz,
    revoked_by    text,
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL))
);

GRANT SELECT ON account, account_event, session, one_time_link, known_device, login_pace, api_token
    TO orderflode_worker;
GRANT INSERT (login, name, person, roles, kommun, password_hash, issuer, subject, language, created_by),
    UPDATE (name, person, roles, kommun, password_hash, issuer, subject, language, disabled_at) ON account
    TO orderflode_worker;
GRANT INSERT (account, event, by_whom, detail) ON account_event TO orderflode_worker;
GRANT INSERT (token_hash, account, expires_at), UPDATE (last_seen_at, expires_at), DELETE ON session
    TO orderflode_worker;
GRANT INSERT (token_hash, purpose, account, created_by, expires_at), UPDATE (expires_at, ended_at) ON one_time_link
    TO orderflode_worker;
GRANT INSERT (token_hash, account), UPDATE (seen_at), DELETE ON known_device TO orderflode_worker;
GRANT INSERT, UPDATE (full_at), DELETE ON login_pace TO orderflode_worker;
GRANT INSERT (name, token_hash, source, scopes, kommun, created_by, expires_at),
    UPDATE (last_used_at, expires_at, revoked_at, revoked_by) ON api_token
    TO orderflode_worker;

-- An administrator sees the accounts and tokens of their kommun; no hash is for the web process's role to read.
GRANT SELECT (id, login, name, person, roles, kommun, has_password, issuer, language, created_at, created_by,
    disabled_at) ON account TO orderflode_web;
GRANT SELECT (id, name, source, scopes, kommun, created_at, created_by, expires_at, last_used_at, revoked_at,
    revoked_by) ON api_token TO orderflode_web;
DO $$
DECLARE
    named CONSTANT text := 'coalesce(current_setting(''app.kommun'', true), '''') <> ''''';
    holder text;
BEGIN
    FOREACH holder IN ARRAY ARRAY['account', 'api_token'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', holder);
        EXECUTE format('CREATE POLICY processes_see_all ON %I TO orderflode_worker USING (true)', holder);
        EXECUTE format($policy$CREATE POLICY web_sees_its_kommun ON %I TO orderflode_web
            USING ((SELECT current_setting('app.kommun', true)) IN ('*', kommun))$policy$, holder);
        -- The owner sees them in a transaction that has named somebody, as with every table (0004_row_security.sql).
        EXECUTE format('CREATE POLICY owner_sees_all ON %I TO %I USING (%s)', holder, current_user, named);
        EXECUTE format('CREATE POLICY owner_names_somebody ON %I AS RESTRICTIVE TO %I USING (%s)',
                       holder, current_user, named);
    END LOOP;
END $$;
