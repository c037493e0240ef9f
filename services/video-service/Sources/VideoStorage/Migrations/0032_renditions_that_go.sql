-- Former renditions of a video are kept for as long as somebody has an address of them, and noted to go then. When the video goes they go
-- with it: the note on all of it takes the place of those. Bounds and not LIKE, whose pattern no prepared plan finds in an index.
CREATE OR REPLACE FUNCTION abandon_renditions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM abandoned_media
    WHERE media_key ~>=~ ('renditions/' || OLD.video_id || '/') AND media_key ~<~ ('renditions/' || OLD.video_id || '0');
    INSERT INTO abandoned_media (media_key, owner_id, retry_at)
    SELECT 'renditions/' || OLD.video_id || '/', OLD.owner_id, due
    FROM unnest(ARRAY[clock_timestamp(), CASE WHEN OLD.is_held AND OLD.due_at > clock_timestamp() THEN OLD.due_at END]) AS due
    WHERE due IS NOT NULL;
    RETURN NULL;
END
$$;
