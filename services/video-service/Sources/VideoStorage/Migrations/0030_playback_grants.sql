-- Who plays what by addresses that outlive the credential they were asked for with. A grant that is not confirmed for an hour is over:
-- what voids tokens is known for longer than that, so whoever confirms it in time knows of all that happened since it was made.
CREATE TABLE playback_grants (
    id           uuid PRIMARY KEY,
    video_id     uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    user_id      uuid NOT NULL,
    -- All zeros for a credential without one.
    session_id   uuid NOT NULL,
    epoch        bigint NOT NULL,
    confirmed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at   timestamptz NOT NULL,
    UNIQUE (video_id, user_id, session_id, epoch)
);

CREATE INDEX playback_grants_of ON playback_grants (user_id);
CREATE INDEX playback_grants_by_expiry ON playback_grants (expires_at);
