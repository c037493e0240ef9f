-- Uploads that end when a request says so, and whose length may be said late (draft-ietf-httpbis-resumable-upload): size is what there
-- is room for until then. Older replicas take them for uploads of that size.
ALTER TABLE uploads
    ADD COLUMN is_size_known boolean NOT NULL DEFAULT TRUE,
    ADD COLUMN is_open boolean NOT NULL DEFAULT FALSE;
