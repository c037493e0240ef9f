CREATE TABLE users (
    id uuid PRIMARY KEY,
    -- Normal form (lower case), so that plain equality is the rule of uniqueness.
    email text NOT NULL CONSTRAINT users_email_key UNIQUE CHECK (octet_length(email) <= 254),
    display_name text NOT NULL CHECK (char_length(display_name) BETWEEN 1 AND 640),
    password_hash text NOT NULL,
    roles text[] NOT NULL,
    is_email_verified boolean NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- One row a sign-in. Refresh tokens are not stored: only the digest of the newest, how many there were before it, and
-- when the last few were spent (RefreshChain).
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent text,
    address text,
    refresh_generation bigint NOT NULL,
    refresh_digest bytea NOT NULL CHECK (octet_length(refresh_digest) = 32),
    refresh_spent_at timestamptz[] NOT NULL
);

CREATE INDEX sessions_user_id_id_idx ON sessions (user_id, id DESC);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);

CREATE TABLE security_events (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- No reference: the session has ended by the time somebody reads this.
    session_id uuid NOT NULL,
    at timestamptz NOT NULL,
    user_agent text,
    address text
);

CREATE INDEX security_events_user_id_at_idx ON security_events (user_id, at DESC);
