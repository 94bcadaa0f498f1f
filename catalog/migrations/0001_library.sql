-- The library, version 1.
--
-- Paths are BLOBs: the very bytes of the file system (os.fsencode), so that names that are
-- no valid Unicode, and the two Unicode forms of a Hangul name, come back as they were.
-- Read them in a shell with CAST(path AS TEXT).
-- Times are seconds since the epoch. What the models say and what the person says lie in
-- tables of their own; a new scan writes only the models'.

CREATE TABLE folders (
    id       INTEGER PRIMARY KEY,
    path     BLOB NOT NULL UNIQUE,
    added_at REAL NOT NULL
);

CREATE TABLE tracks (
    id             INTEGER PRIMARY KEY,
    path           BLOB NOT NULL UNIQUE,
    size           INTEGER NOT NULL,          -- with mtime_ns: has the file changed?
    mtime_ns       INTEGER NOT NULL,
    fingerprint    BLOB,                      -- of the content: is it a known file that moved?
    title          TEXT NOT NULL,
    artist         TEXT NOT NULL,
    album          TEXT NOT NULL,
    album_artist   TEXT NOT NULL,
    genres         TEXT NOT NULL,             -- JSON array
    year           INTEGER,
    track_number   INTEGER,
    duration_s     REAL NOT NULL,
    replay_gain_db REAL,
    added_at       REAL NOT NULL,
    available      INTEGER NOT NULL DEFAULT 1 CHECK (available IN (0, 1)),
    -- 0: its folder was forgotten; the row stays for the sake of what the person made of it
    listed         INTEGER NOT NULL DEFAULT 1 CHECK (listed IN (0, 1))
);
CREATE INDEX tracks_by_fingerprint ON tracks (fingerprint);

CREATE TABLE model_moods (
    track_id   INTEGER PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    happy      REAL NOT NULL,
    romantic   REAL NOT NULL,
    sad        REAL NOT NULL,
    aggressive REAL NOT NULL,
    dramatic   REAL NOT NULL,
    valence    REAL NOT NULL CHECK (valence BETWEEN -1 AND 1),
    arousal    REAL NOT NULL CHECK (arousal BETWEEN -1 AND 1),
    seconds    REAL NOT NULL,                 -- of sound that were analysed
    bundles    TEXT NOT NULL,                 -- JSON: [[name, version], ...]
    tagged_at  REAL NOT NULL
);

-- No cascade: a track that carries the person's word cannot be deleted.
CREATE TABLE person_moods (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id),
    mood     TEXT NOT NULL CHECK (mood IN ('happy', 'romantic', 'sad', 'aggressive', 'dramatic')),
    at       REAL NOT NULL
);

CREATE TABLE failures (
    path     BLOB PRIMARY KEY,
    size     INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    error    TEXT NOT NULL,                   -- a phrase, as JSON
    at       REAL NOT NULL
);

CREATE TABLE photos (
    id   INTEGER PRIMARY KEY,
    path BLOB NOT NULL UNIQUE
);

CREATE TABLE readings (
    id       INTEGER PRIMARY KEY,
    photo_id INTEGER NOT NULL REFERENCES photos (id),
    reading  TEXT NOT NULL,                   -- JSON, with votes, silences and reasons
    at       REAL NOT NULL
);
CREATE INDEX readings_by_photo ON readings (photo_id);

CREATE TABLE photo_moods (
    photo_id INTEGER PRIMARY KEY REFERENCES photos (id),
    mood     TEXT NOT NULL CHECK (mood IN ('happy', 'romantic', 'sad', 'aggressive', 'dramatic')),
    at       REAL NOT NULL
);

CREATE TABLE queue (
    place    INTEGER PRIMARY KEY,
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    score    REAL NOT NULL,
    why      TEXT NOT NULL                    -- a phrase, as JSON
);

CREATE TABLE queue_position (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    place    INTEGER NOT NULL
);

CREATE TABLE plays (
    id       INTEGER PRIMARY KEY,
    track_id INTEGER NOT NULL REFERENCES tracks (id),
    at       REAL NOT NULL,
    photo_id INTEGER REFERENCES photos (id)
);
CREATE INDEX plays_by_track ON plays (track_id, at);
CREATE INDEX plays_by_time ON plays (at);
