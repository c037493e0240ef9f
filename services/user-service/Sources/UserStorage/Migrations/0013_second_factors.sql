-- An account's app for one-time codes, one an account. Until its first code has come it counts nowhere.
CREATE TABLE totp_factors (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- Of this beginning: the next one's is another.
    id uuid NOT NULL UNIQUE,
    -- Under a key of KEY_ENCRYPTION_KEY, bound to the account and to id.
    sealed_secret bytea NOT NULL,
    -- Codes of this step of 30 s and of earlier ones open nothing.
    last_step bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    confirmed_at timestamptz
);

CREATE INDEX totp_factors_begun_idx ON totp_factors (created_at) WHERE confirmed_at IS NULL;

-- Codes on paper, as digests bound to the account. One that was used is gone.
CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES totp_factors (user_id) ON DELETE CASCADE,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    PRIMARY KEY (user_id, digest)
);

-- The id of the factor that is on. It stands in the account's row, which a sign-in locks before it opens a session: a
-- factor that is being turned on at that moment is not overlooked. No reference: the factor's row is locked after this one.
ALTER TABLE users ADD COLUMN second_factor uuid;

-- What was shown in a session (amr), and when last (auth_time). Those of before this have shown a password when they began;
-- the defaults are for replicas of the former version.
ALTER TABLE sessions ADD COLUMN amr text[] NOT NULL DEFAULT '{pwd}', ADD COLUMN authenticated_at timestamptz;
UPDATE sessions SET authenticated_at = created_at;
ALTER TABLE sessions ALTER COLUMN authenticated_at SET NOT NULL, ALTER COLUMN authenticated_at SET DEFAULT now();

-- Sign-ins whose password was right and whose code is awaited, by the digest of their token. The hash, the epoch and the
-- factor are those that were checked: where the account has others by then, the row leads nowhere.
CREATE TABLE sign_in_steps (
    digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    password_hash text NOT NULL,
    epoch bigint NOT NULL,
    factor_id uuid NOT NULL,
    -- Of a device that the account knew.
    device bytea,
    expires_at timestamptz NOT NULL
);

CREATE INDEX sign_in_steps_user_id_idx ON sign_in_steps (user_id);
CREATE INDEX sign_in_steps_expires_at_idx ON sign_in_steps (expires_at);
