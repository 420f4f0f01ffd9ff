-- Replays that can be taken back, and files that were brought in. Times are microseconds since the epoch, UTC.

CREATE TABLE replays (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    undone_at INTEGER
) STRICT;

-- What a replay placed: the journal's entry that says the delivery (about) was verified.
CREATE TABLE replay_entries (
    replay INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    about  INTEGER NOT NULL,
    PRIMARY KEY (replay, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE imports (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT    NOT NULL,
    -- How its files are called where they come from, JSON; they lie in the data folder under numbers.
    files       TEXT    NOT NULL,
    format      TEXT    NOT NULL,
    -- uploaded, previewing, ready, running, undoing, done, cancelled, undone, failed
    state       TEXT    NOT NULL,
    -- The state that undoing leads to.
    then_state  TEXT,
    source      INTEGER REFERENCES sources (id),
    kind        TEXT,
    mapping     TEXT    NOT NULL DEFAULT '{}',
    time_zone   TEXT,
    -- Columns with samples, JSON.
    columns     TEXT    NOT NULL DEFAULT '[]',
    recognised  TEXT,
    preview     TEXT,
    problem     TEXT,
    gap         INTEGER,
    -- Its header in the journal, once it was started.
    header      INTEGER,
    -- Rows that are in, and how far the files were read (file, row).
    rows        INTEGER NOT NULL DEFAULT 0,
    rows_in     INTEGER NOT NULL DEFAULT 0,
    merged      INTEGER NOT NULL DEFAULT 0,
    duplicate   INTEGER NOT NULL DEFAULT 0,
    skipped     INTEGER NOT NULL DEFAULT 0,
    done        INTEGER NOT NULL DEFAULT 0,
    of          INTEGER NOT NULL DEFAULT 0,
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT;

-- Every row of every import, and what became of it: 1 in, 2 merged, 3 duplicate, 4 skipped.
CREATE TABLE import_rows (
    import INTEGER NOT NULL,
    row    INTEGER NOT NULL,
    file   INTEGER NOT NULL,
    line   INTEGER NOT NULL,
    state  INTEGER NOT NULL,
    why    TEXT,
    -- The delivery it became.
    seq    INTEGER,
    PRIMARY KEY (import, row)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_rows_state ON import_rows (import, state, row);

CREATE TABLE mappings (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL UNIQUE,
    provider   TEXT,
    kind       TEXT    NOT NULL,
    mapping    TEXT    NOT NULL,
    time_zone  TEXT,
    created_at INTEGER NOT NULL
) STRICT;

-- Projection --------------------------------------------------------------------------------------------

-- 1: only files that were brought in told of it, no sender. A sender's own word stands before theirs.
ALTER TABLE events ADD COLUMN imported INTEGER NOT NULL DEFAULT 0;
