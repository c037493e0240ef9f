-- Accounts that user-service has erased, and how far this service has come in taking out what it keeps of each (ErasureBook).
CREATE TABLE account_erasures (
    user_id     uuid PRIMARY KEY,
    -- The erasure's, in user-service's order: an account that came back with a backup and was erased again has another one.
    position    text NOT NULL,
    noted_at    timestamptz NOT NULL DEFAULT now(),
    -- Where the next step begins; null at the beginning.
    place       uuid,
    -- How much of what is gone, for the report.
    removed     jsonb NOT NULL DEFAULT '{}',
    -- When a step is due.
    retry_at    timestamptz NOT NULL DEFAULT now(),
    done_at     timestamptz,
    reported_at timestamptz,
    -- When it had been looked through once more, after every token of the account had ended.
    closed_at   timestamptz
);

CREATE INDEX account_erasures_due ON account_erasures (retry_at, user_id) WHERE closed_at IS NULL;
CREATE INDEX account_erasures_unreported ON account_erasures (done_at) WHERE reported_at IS NULL;

-- How far erasures have been read.
CREATE TABLE erasure_cursor (
    is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    position text NOT NULL
);

-- Whose bytes these were: an erased account is taken out when they are gone. Older replicas write none of it.
ALTER TABLE abandoned_media ADD COLUMN owner_id uuid;

CREATE INDEX abandoned_media_by_owner ON abandoned_media (owner_id) WHERE owner_id IS NOT NULL;
