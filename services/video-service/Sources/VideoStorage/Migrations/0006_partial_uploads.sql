-- Parts of a video to be, uploaded by themselves (state partial, no video), and what is joined of them (state joining until it is
-- finished). Older replicas leave rows in states they do not have alone.
ALTER TABLE uploads
    ALTER COLUMN video_id DROP NOT NULL,
    -- Of what is joined, in this order.
    ADD COLUMN parts uuid[],
    -- The upload a part belongs to; free again when that goes, whoever removes it.
    ADD COLUMN joined_to uuid REFERENCES uploads ON DELETE SET NULL,
    DROP CONSTRAINT uploads_state_check,
    ADD CONSTRAINT uploads_state_check CHECK (state IN ('uploading', 'finished', 'partial', 'joining')) NOT VALID;

-- A part is an upload in flight and has its bytes, until they are those of the video it is joined to.
CREATE OR REPLACE FUNCTION hold_uploads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM hold(owner_id, count(*), 0, coalesce(sum(size) FILTER (WHERE state = 'partial'), 0)::bigint)
            FROM come WHERE state <> 'finished' AND joined_to IS NULL GROUP BY owner_id;
    ELSE
        PERFORM hold(owner_id, -count(*), 0, -coalesce(sum(size) FILTER (WHERE state = 'partial'), 0)::bigint)
            FROM gone WHERE state <> 'finished' AND joined_to IS NULL GROUP BY owner_id;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION hold_changed_upload() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'finished' AND OLD.joined_to IS NULL THEN
        PERFORM hold(OLD.owner_id, -1, 0, CASE OLD.state WHEN 'partial' THEN -OLD.size ELSE 0 END);
    END IF;
    IF NEW.state <> 'finished' AND NEW.joined_to IS NULL THEN
        PERFORM hold(NEW.owner_id, 1, 0, CASE NEW.state WHEN 'partial' THEN NEW.size ELSE 0 END);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER uploads_that_change AFTER UPDATE OF owner_id, state, joined_to ON uploads
    FOR EACH ROW EXECUTE FUNCTION hold_changed_upload();

CREATE OR REPLACE VIEW counted_holdings AS
    SELECT owner_id, sum(uploads)::bigint AS uploads, sum(videos)::bigint AS videos, sum(bytes)::bigint AS bytes
    FROM (
        SELECT owner_id, 0 AS uploads, count(*) AS videos, sum(size) AS bytes FROM videos GROUP BY owner_id
        UNION ALL
        SELECT owner_id, count(*), 0, coalesce(sum(size) FILTER (WHERE state = 'partial'), 0)
        FROM uploads WHERE state <> 'finished' AND joined_to IS NULL GROUP BY owner_id
    ) AS parts
    GROUP BY owner_id;
