-- next: published, does not sign yet. active: signs. retired: its tokens may still be about.
CREATE TABLE signing_keys (
    id text PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('next', 'active', 'retired')),
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 64),
    -- AES-GCM under KEY_ENCRYPTION_KEY, bound to the id.
    sealed_private_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    activated_at timestamptz,
    retired_at timestamptz,
    CHECK ((state = 'next') = (activated_at IS NULL)),
    CHECK ((state = 'retired') = (retired_at IS NOT NULL))
);

CREATE UNIQUE INDEX signing_keys_one_active_idx ON signing_keys (state) WHERE state = 'active';
CREATE UNIQUE INDEX signing_keys_one_next_idx ON signing_keys (state) WHERE state = 'next';
