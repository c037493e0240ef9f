-- What opens an account without its password.
CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- What authenticators know it by: one account's alone.
    credential_id bytea NOT NULL CONSTRAINT passkeys_credential_id_key UNIQUE
        CHECK (octet_length(credential_id) BETWEEN 1 AND 1023),
    -- A COSE key (RFC 9052), as the authenticator wrote it.
    public_key bytea NOT NULL,
    -- 0 as long as the authenticator does not count.
    signature_count bigint NOT NULL,
    transports text[] NOT NULL,
    is_backup_eligible boolean NOT NULL,
    is_backed_up boolean NOT NULL,
    model uuid NOT NULL,
    is_discoverable boolean,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz
);

CREATE INDEX passkeys_user_id_id_idx ON passkeys (user_id, id DESC);

-- Challenges that were given out and not answered yet: of one account's new passkey, or of a sign-in of whoever comes.
CREATE TABLE passkey_challenges (
    challenge bytea PRIMARY KEY CHECK (octet_length(challenge) BETWEEN 16 AND 128),
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL
);

CREATE INDEX passkey_challenges_user_id_idx ON passkey_challenges (user_id) WHERE user_id IS NOT NULL;
CREATE INDEX passkey_challenges_expires_at_idx ON passkey_challenges (expires_at);

-- The passkey that was shown in a session. No reference: the passkey's row is locked after the account's.
ALTER TABLE sessions ADD COLUMN passkey_id uuid;

CREATE INDEX sessions_passkey_id_idx ON sessions (passkey_id) WHERE passkey_id IS NOT NULL;
