-- Uploads whose bytes go to the object store in numbered parts: state direct, completing once the store is asked to put the parts
-- together. Older replicas leave rows in states they do not have alone.
ALTER TABLE uploads
    -- Of numbered parts, bytes of each but the last.
    ADD COLUMN part_size bigint CHECK (part_size > 0),
    -- What the bytes are to have, while the store puts them together.
    ADD COLUMN sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    DROP CONSTRAINT uploads_state_check,
    ADD CONSTRAINT uploads_state_check
        CHECK (state IN ('uploading', 'finished', 'partial', 'joining', 'direct', 'completing')) NOT VALID;
