-- The one form in which names are compared by searches: width and case do not count.
CREATE FUNCTION folded(name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(normalize(name, NFKC) COLLATE "und-x-icu");
