-- The journal is the truth and only grows; everything under "Projection" is derived from it and can be
-- rebuilt. Times are microseconds since the epoch, UTC. Money is integer cents.

-- Settings and connections ------------------------------------------------------------------------------

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sources (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Made of provider and first name: the same service on two machines, or added again, is the same source.
    uid        TEXT    NOT NULL UNIQUE,
    provider   TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    region     TEXT    NOT NULL DEFAULT 'US',
    strict     INTEGER NOT NULL DEFAULT 0,
    key        TEXT    NOT NULL,
    key_hash   BLOB    NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    closed_at  INTEGER
) STRICT;

CREATE TABLE source_keys (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    source     INTEGER NOT NULL REFERENCES sources (id),
    -- NULL: a signing key. Otherwise the header that has to carry the value.
    header     TEXT,
    value      TEXT    NOT NULL,
    added_at   INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;

CREATE INDEX source_keys_source ON source_keys (source);

-- Journal -----------------------------------------------------------------------------------------------

CREATE TABLE journal (
    seq          INTEGER PRIMARY KEY AUTOINCREMENT,
    -- 1 a delivery, 2 an action, 3 a delivery (about) that was verified later, against keys given later
    kind         INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    source       INTEGER REFERENCES sources (id),
    event        TEXT,
    -- The region its phone numbers were to be read with, as the source had it then
    region       TEXT,
    -- At receipt, or at the later check: 0 nothing to check against, 1 verified, 2 failed
    trust        INTEGER NOT NULL DEFAULT 0,
    why          TEXT,
    about        INTEGER REFERENCES journal (seq),
    content_type TEXT,
    headers      BLOB,
    body         BLOB    NOT NULL,
    body_size    INTEGER NOT NULL
) STRICT;

CREATE TRIGGER journal_is_append_only_update BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;

CREATE TRIGGER journal_is_append_only_delete BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;

CREATE INDEX journal_later_checks ON journal (about) WHERE about IS NOT NULL;

-- Names of leads on this machine: read by a rebuild, never rewritten -------------------------------------

CREATE TABLE lead_names (
    id  INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL UNIQUE
) STRICT;

-- What was read on this machine: not part of the journal.
CREATE TABLE lead_seen (
    lead INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT;

-- Requests that left no delivery behind: wrong keys, refused bodies. One row a day, reason and source.
CREATE TABLE refusals (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    day     TEXT    NOT NULL,
    what    TEXT    NOT NULL,
    source  INTEGER NOT NULL DEFAULT 0,
    n       INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    UNIQUE (day, what, source)
) STRICT;

-- Projection --------------------------------------------------------------------------------------------

-- What became of each delivery.
CREATE TABLE ledger (
    seq         INTEGER PRIMARY KEY,
    source      INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    -- 1 processed, 2 duplicate, 3 repaired, 4 quarantined, 5 rejected
    state       INTEGER NOT NULL,
    reason      TEXT,
    repairs     TEXT,
    events      INTEGER NOT NULL DEFAULT 0,
    -- The place in the raw body that is at fault, both from 1.
    line        INTEGER,
    col         INTEGER,
    placed_at   INTEGER
) STRICT;

CREATE INDEX ledger_state ON ledger (state, seq);
CREATE INDEX ledger_source ON ledger (source, state, seq);

CREATE TABLE events (
    id             INTEGER PRIMARY KEY,
    hash           BLOB    NOT NULL UNIQUE,
    source         INTEGER NOT NULL,
    lead           INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    -- 1: the sender gave no time, so `at` is the first receipt
    at_received    INTEGER NOT NULL,
    first_received INTEGER NOT NULL,
    last_received  INTEGER NOT NULL,
    placed_at      INTEGER NOT NULL,
    unsigned       INTEGER NOT NULL,
    payload        BLOB    NOT NULL
) STRICT;

CREATE INDEX events_lead ON events (lead);

-- Which deliveries and actions an event was read from.
CREATE TABLE sightings (
    event INTEGER NOT NULL,
    seq   INTEGER NOT NULL,
    PRIMARY KEY (event, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX sightings_seq ON sightings (seq);

-- Every name that connects events, and the lead it belongs to now.
CREATE TABLE links (
    key  TEXT PRIMARY KEY,
    lead INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX links_lead ON links (lead);

-- Numbers that stood on the business's side of some event.
CREATE TABLE business_numbers (
    phone TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE leads (
    id            INTEGER PRIMARY KEY,
    name          TEXT,
    -- What lists sort names by: folded, cut short, nameless leads last.
    name_key      TEXT    NOT NULL,
    stage         TEXT    NOT NULL,
    outcome       TEXT,
    rep           TEXT,
    sentiment     TEXT,
    do_not_contact INTEGER NOT NULL,
    -- bits: 1 call_back, 2 reply, 4 human
    needs         INTEGER NOT NULL,
    first_seen    INTEGER NOT NULL,
    last_activity INTEGER NOT NULL,
    last_inbound  INTEGER,
    -- When a sender last told something new: later than `lead_seen.at` means unread.
    last_heard    INTEGER NOT NULL,
    value_cents   INTEGER,
    -- the rest of the summary as JSON, packed
    summary       BLOB    NOT NULL
) STRICT;

CREATE INDEX leads_recent ON leads (last_activity, id);
CREATE INDEX leads_stage ON leads (stage, last_activity, id);
CREATE INDEX leads_needs ON leads (last_activity, id) WHERE needs <> 0;
CREATE INDEX leads_outcome ON leads (outcome, last_activity, id) WHERE outcome IS NOT NULL;
CREATE INDEX leads_rep ON leads (rep, last_activity, id) WHERE rep IS NOT NULL;
CREATE INDEX leads_sentiment ON leads (sentiment, last_activity, id) WHERE sentiment IS NOT NULL;
CREATE INDEX leads_dnc ON leads (last_activity, id) WHERE do_not_contact <> 0;
CREATE INDEX leads_name ON leads (name_key, id);

-- `last_activity` stands here too, so that a page of one tag or source is a range of an index.
CREATE TABLE lead_tags (
    lead          INTEGER NOT NULL,
    tag           TEXT    NOT NULL,
    last_activity INTEGER NOT NULL,
    PRIMARY KEY (lead, tag)
) STRICT, WITHOUT ROWID;

CREATE INDEX lead_tags_recent ON lead_tags (tag, last_activity, lead);

CREATE TABLE lead_sources (
    lead          INTEGER NOT NULL,
    source        INTEGER NOT NULL,
    last_activity INTEGER NOT NULL,
    PRIMARY KEY (lead, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX lead_sources_recent ON lead_sources (source, last_activity, lead);

CREATE TABLE calls (
    id         BLOB    PRIMARY KEY,
    lead       INTEGER NOT NULL,
    source     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    direction  TEXT    NOT NULL,
    answered   INTEGER NOT NULL,
    outcome    TEXT
) STRICT, WITHOUT ROWID;

-- Holds every column, so that a filter walks the index alone.
CREATE INDEX calls_recent ON calls (at, id, state, direction, answered, outcome, source, lead);
CREATE INDEX calls_lead ON calls (lead);

-- Words of entries; `hash` tells whether they changed.
CREATE TABLE docs (
    id    INTEGER PRIMARY KEY,
    lead  INTEGER NOT NULL,
    entry TEXT    NOT NULL,
    kind  TEXT    NOT NULL,
    hash  BLOB    NOT NULL
) STRICT;

CREATE INDEX docs_lead ON docs (lead);

CREATE VIRTUAL TABLE words USING fts5 (
    text,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE VIRTUAL TABLE people USING fts5 (
    names, numbers, mails,
    content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
