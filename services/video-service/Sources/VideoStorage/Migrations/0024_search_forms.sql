-- Terms of three scalars stand beside those of one and two, and say so by a mark among them: replicas of before write terms without
-- it, in new rows and in those that they change. A column notes it, so that what is to be made anew is found by an index.
ALTER TABLE videos ADD COLUMN search_form smallint;

CREATE FUNCTION note_search_form() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_form := CASE WHEN NEW.search_terms @> ARRAY[U&'\00023'] THEN 3 END;
    RETURN NEW;
END
$$;

-- After videos_said_anew: triggers of one event run in the order of their names.
CREATE TRIGGER videos_terms_noted BEFORE INSERT OR UPDATE OF search_text, search_terms ON videos
    FOR EACH ROW EXECUTE FUNCTION note_search_form();
