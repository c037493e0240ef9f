-- What videos are found by, made by the service: the folded title, all that is said folded, and the terms of both (libs, TextSearch).
-- Older replicas write none of these, and rows of before have none: the service fills them in, a few at a time.
ALTER TABLE videos
    ADD COLUMN search_title text,
    ADD COLUMN search_folded text,
    ADD COLUMN search_terms text[],
    -- Half a thousand terms a row say nothing to the planner, and it has one way to look for them.
    ALTER COLUMN search_terms SET STATISTICS 0;

-- Who changes what is said and not the terms is a replica of before.
CREATE FUNCTION forget_search_terms() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.search_text IS DISTINCT FROM OLD.search_text AND NEW.search_folded IS NOT DISTINCT FROM OLD.search_folded THEN
        NEW.search_title := NULL;
        NEW.search_folded := NULL;
        NEW.search_terms := NULL;
    END IF;
    RETURN NEW;
END
$$;

CREATE TRIGGER videos_said_anew BEFORE UPDATE OF search_text ON videos
    FOR EACH ROW EXECUTE FUNCTION forget_search_terms();
