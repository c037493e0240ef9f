CREATE TABLE rooms (
    id                uuid PRIMARY KEY,
    name              text NOT NULL,
    kind              text NOT NULL CHECK (kind IN ('public', 'private')),
    owner_id          uuid NOT NULL,
    slow_mode_seconds integer NOT NULL DEFAULT 0 CHECK (slow_mode_seconds >= 0),
    last_seq          bigint NOT NULL DEFAULT 0,
    member_count      integer NOT NULL DEFAULT 0 CHECK (member_count >= 0),
    created_at        timestamptz NOT NULL,
    version           bigint NOT NULL DEFAULT 1
) WITH (fillfactor = 80); -- every append updates last_seq: room on the page keeps those updates out of the indexes

CREATE TABLE members (
    room_id   uuid NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    user_id   uuid NOT NULL,
    role      text NOT NULL CHECK (role IN ('member', 'moderator', 'owner')),
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (room_id, user_id)
);

CREATE INDEX members_by_user ON members (user_id, room_id);
CREATE INDEX members_by_joining ON members (room_id, joined_at, user_id);
