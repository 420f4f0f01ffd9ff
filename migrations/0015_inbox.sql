-- What waits in the inbox, a file beside this one, was answered with the number it will have in the journal. Until here they are
-- reserved for the program that holds the data folder: others pass over them.
CREATE TABLE journal_numbers (
    id             INTEGER PRIMARY KEY CHECK (id = 1),
    reserved_until INTEGER NOT NULL
) STRICT;

-- What waited in the inbox when a backup was made: it goes into the inbox again once the backup is what is opened.
CREATE TABLE inbox_rows (
    seq          INTEGER PRIMARY KEY,
    source       INTEGER NOT NULL,
    source_uid   TEXT    NOT NULL,
    received_at  INTEGER NOT NULL,
    event        TEXT,
    region       TEXT    NOT NULL,
    trust        INTEGER NOT NULL,
    why          TEXT,
    content_type TEXT,
    headers      BLOB    NOT NULL,
    body         BLOB    NOT NULL,
    body_size    INTEGER NOT NULL,
    test         INTEGER NOT NULL
) STRICT;
