-- Which videos changed in who may watch them, so that links of before are asked about. A line for each change and none that is changed:
-- whoever notes one waits for nobody. Kept for an hour, as no link lives longer than five minutes.
CREATE TABLE video_access_changes (
    change   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    video_id uuid NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX video_access_changes_recent ON video_access_changes (at);

-- By triggers, as replicas of the release before change the same rows.
CREATE FUNCTION note_access_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO video_access_changes (video_id) VALUES (OLD.id);
    PERFORM pg_notify('video_access', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER videos_changed_access AFTER UPDATE OF state, visibility ON videos FOR EACH ROW
    WHEN (OLD.state IN ('ready', 'removed') AND (OLD.state, OLD.visibility) IS DISTINCT FROM (NEW.state, NEW.visibility))
    EXECUTE FUNCTION note_access_change();
CREATE TRIGGER videos_ended_access AFTER DELETE ON videos FOR EACH ROW
    WHEN (OLD.state IN ('ready', 'removed')) EXECUTE FUNCTION note_access_change();

CREATE FUNCTION note_ended_shares() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO video_access_changes (video_id) SELECT DISTINCT video_id FROM ended;
    IF FOUND THEN
        PERFORM pg_notify('video_access', '');
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER shares_ended_access AFTER DELETE ON video_shares REFERENCING OLD TABLE AS ended
    FOR EACH STATEMENT EXECUTE FUNCTION note_ended_shares();
