-- Imports, undoing them, and erasing: what each needs in the journal. Times are microseconds since the epoch, UTC.

-- The import a delivery came with (a journal entry of kind 6).
ALTER TABLE journal ADD COLUMN import INTEGER REFERENCES journal (seq);
-- Its content was erased on purpose: JSON of when, and of what the ledger said of it.
ALTER TABLE journal ADD COLUMN erased TEXT;

-- Kinds of journal entries: 1 a delivery, 2 an action, 3 a delivery (about) that was verified later,
-- 4 an event that was erased and what is kept of it, 5 an entry (about) that was taken back, 6 an import.
CREATE INDEX journal_import ON journal (import) WHERE import IS NOT NULL;

-- Holds a row only inside of the transaction that erases: nothing is destroyed but on purpose.
CREATE TABLE erasing (
    id INTEGER PRIMARY KEY
) STRICT;

DROP TRIGGER journal_is_append_only_update;
DROP TRIGGER journal_is_append_only_delete;

CREATE TRIGGER journal_is_append_only_update BEFORE UPDATE ON journal
WHEN NOT EXISTS (SELECT 1 FROM erasing)
BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;

CREATE TRIGGER journal_is_append_only_delete BEFORE DELETE ON journal
WHEN NOT EXISTS (SELECT 1 FROM erasing)
BEGIN SELECT RAISE(ABORT, 'the journal only grows'); END;

-- Projection --------------------------------------------------------------------------------------------

-- With the lead it was said of, so that a lead can be taken apart and put together again.
CREATE TABLE business_sides (
    phone TEXT    NOT NULL,
    lead  INTEGER NOT NULL,
    PRIMARY KEY (phone, lead)
) STRICT, WITHOUT ROWID;

CREATE INDEX business_sides_lead ON business_sides (lead);
DROP TABLE business_numbers;

-- The table is empty until the journal is read again.
DELETE FROM settings WHERE name = 'projection_version';

-- Read by the journal's queries ---------------------------------------------------------------------------

CREATE INDEX journal_taken_back ON journal (about, received_at, seq, trust) WHERE kind = 5;

-- Later checks that stand: of what was said last about one, taken back or not, the last word counts.
CREATE VIEW later_checks AS
SELECT v.seq, v.about, v.received_at AS at, v.trust
FROM journal v
WHERE v.kind = 3
  AND coalesce((SELECT t.trust FROM journal t WHERE t.about = v.seq AND t.kind = 5
                ORDER BY t.received_at DESC, t.seq DESC LIMIT 1), 0) = 0;

-- Deliveries whose import was taken back: in the journal, and nowhere else.
CREATE VIEW undone_deliveries AS
SELECT j.seq
FROM journal j
WHERE j.import IS NOT NULL
  AND coalesce((SELECT t.trust FROM journal t WHERE t.about = j.import AND t.kind = 5
                ORDER BY t.received_at DESC, t.seq DESC LIMIT 1), 0) = 1;
