-- What was taken down, what was reported, and who did what about it.

CREATE TABLE video_removals (
    video_id     uuid PRIMARY KEY REFERENCES videos ON DELETE CASCADE,
    reason       text NOT NULL,
    removed_by   uuid NOT NULL,
    removed_at   timestamptz NOT NULL,
    -- The video goes for good then, unless an appeal is open.
    erase_at     timestamptz NOT NULL,
    appeal_id    uuid,
    appeal_text  text,
    appealed_at  timestamptz,
    appeal_state text CHECK (appeal_state IN ('open', 'rejected')),
    decided_at   timestamptz,
    answer       text
);

-- Whose links are to be refused.
CREATE INDEX video_removals_recent ON video_removals (removed_at);
CREATE INDEX video_removals_due ON video_removals (erase_at) WHERE appeal_state IS DISTINCT FROM 'open';

CREATE TABLE video_reports (
    report_id   uuid PRIMARY KEY,
    video_id    uuid NOT NULL REFERENCES videos ON DELETE CASCADE,
    -- Null once the account is erased.
    reporter_id uuid,
    reason      text NOT NULL,
    reported_at timestamptz NOT NULL,
    decision    text CHECK (decision IN ('dismissed', 'removed')),
    decided_by  uuid,
    decided_at  timestamptz,
    UNIQUE (video_id, reporter_id)
);

CREATE INDEX video_reports_in_order ON video_reports (reported_at, report_id);
CREATE INDEX video_reports_open ON video_reports (reported_at, report_id) WHERE decision IS NULL;
CREATE INDEX video_reports_open_of ON video_reports (video_id) WHERE decision IS NULL;
CREATE INDEX video_reports_by ON video_reports (reporter_id);

-- A line for each decision, kept when its video is gone.
CREATE TABLE moderation_actions (
    id       uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    at       timestamptz NOT NULL,
    actor_id uuid NOT NULL,
    action   text NOT NULL,
    video_id uuid NOT NULL,
    owner_id uuid NOT NULL,
    reason   text
);

CREATE INDEX moderation_actions_of_video ON moderation_actions (video_id, at);

CREATE INDEX moderation_actions_with_words ON moderation_actions (owner_id) WHERE reason IS NOT NULL;

CREATE FUNCTION keep_moderation_actions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- Words about somebody who was erased go, and nothing else of a line.
        IF NEW.reason IS NULL AND to_jsonb(NEW) - 'reason' = to_jsonb(OLD) - 'reason'
            AND EXISTS (SELECT FROM account_erasures WHERE user_id = OLD.owner_id) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'lines of moderation_actions are never changed nor taken away';
END
$$;

CREATE TRIGGER moderation_actions_stay BEFORE UPDATE OR DELETE ON moderation_actions
    FOR EACH ROW EXECUTE FUNCTION keep_moderation_actions();
CREATE TRIGGER moderation_actions_all_stay BEFORE TRUNCATE ON moderation_actions
    FOR EACH STATEMENT EXECUTE FUNCTION keep_moderation_actions();
