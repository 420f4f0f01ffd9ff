-- Files that are made: exports, saved reports with their schedules, and what the last file of a question held. Times are
-- microseconds since the epoch, UTC. Nothing here names a lead but by its number on this machine.

-- Exports that are under way, and the files they became.
CREATE TABLE exports (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- report, leads, calls, timeline
    what        TEXT    NOT NULL,
    format      TEXT    NOT NULL,
    -- What was asked, JSON.
    asked       TEXT    NOT NULL,
    -- For people; empty where it is a lead's timeline: the lead's name is looked up.
    title       TEXT    NOT NULL,
    lead        INTEGER,
    -- Where the file lies: its name, and the folder; NULL: that of exports in the data folder.
    folder      TEXT,
    file        TEXT    NOT NULL,
    -- running, done, cancelled, failed, going (its file is being deleted)
    state       TEXT    NOT NULL,
    problem     TEXT,
    size        INTEGER,
    rows        INTEGER,
    -- Over the question, figures and rows of a report; of anything else, over the file.
    sha256      TEXT,
    file_sha256 TEXT,
    began_at    INTEGER NOT NULL,
    made_at     INTEGER,
    -- The saved report that was due, and when.
    schedule    INTEGER,
    due_at      INTEGER
) STRICT;

CREATE UNIQUE INDEX exports_due ON exports (schedule, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE saved_reports (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    -- The report, its format, paper, range and filters, JSON.
    asked      TEXT    NOT NULL,
    -- When and where to, JSON; NULL: only by hand.
    schedule   TEXT,
    -- What was due before this is not made.
    since      INTEGER NOT NULL,
    -- Why the last attempt failed, and when; empty once one did not.
    problem    TEXT,
    tried_at   INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

-- Due times that were made: each once, whatever the clock does.
CREATE TABLE schedule_runs (
    saved   INTEGER NOT NULL,
    due_at  INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    -- Of the file: the period it is of, JSON, and where it was put.
    period  TEXT    NOT NULL,
    path    TEXT    NOT NULL,
    PRIMARY KEY (saved, due_at)
) STRICT, WITHOUT ROWID;

-- What the last file of a question held: of each row eight bytes of a salted hash of its id, and eight of its content.
CREATE TABLE prints (
    question BLOB    PRIMARY KEY,
    made_at  INTEGER NOT NULL,
    -- What was known then.
    as_of    INTEGER NOT NULL,
    sha256   TEXT    NOT NULL,
    salt     BLOB    NOT NULL,
    -- NULL where there were too many to keep.
    rows     BLOB
) STRICT, WITHOUT ROWID;
