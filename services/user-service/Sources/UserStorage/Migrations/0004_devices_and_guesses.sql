-- Devices that have signed in to an account before, each by the digest of its token.
CREATE TABLE devices (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    first_seen_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL
);

CREATE INDEX devices_user_id_last_seen_at_idx ON devices (user_id, last_seen_at DESC);
CREATE INDEX devices_last_seen_at_idx ON devices (last_seen_at);

-- Wrong passwords: how many since when, under a keyed hash of whose they are (GuessBudget).
CREATE TABLE guesses (
    budget bytea PRIMARY KEY,
    count integer NOT NULL,
    since timestamptz NOT NULL
);

CREATE INDEX guesses_since_idx ON guesses (since);
