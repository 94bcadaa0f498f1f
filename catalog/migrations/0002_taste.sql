-- Version 2: what MISO learns of the person's taste.

-- The mood that a track was shown with while it was heard to its end; NULL where it was
-- left before, and for plays that an older MISO noted.
ALTER TABLE plays ADD COLUMN mood TEXT
    CHECK (mood IN ('happy', 'romantic', 'sad', 'aggressive', 'dramatic'));

-- Only scores of these bundles may be changed by it: another tagger errs in other ways.
CREATE TABLE taste (
    only_row        INTEGER PRIMARY KEY CHECK (only_row = 1),
    shifts          TEXT NOT NULL,            -- JSON: [[heard, meant, share], ...]
    corrections     INTEGER NOT NULL,
    confirmations   INTEGER NOT NULL,
    accuracy_before REAL NOT NULL,
    accuracy_after  REAL NOT NULL,
    bundles         TEXT NOT NULL,            -- as in model_moods
    at              REAL NOT NULL
);

-- Judgements from before this time are not learned from again.
CREATE TABLE taste_forgotten (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    at       REAL NOT NULL
);
