-- Tables of the projection are called what the code and its readers call what is in them. No row changes. Tables that come
-- out of a backup (`heard`, `prints` …) keep the names they have in the backups of every release.

ALTER TABLE links RENAME TO identities;
DROP INDEX links_lead;
CREATE INDEX identities_lead ON identities (lead);

-- The ways an event was told in, and which delivery told it in which.
ALTER TABLE wordings RENAME TO event_versions;
ALTER TABLE worded RENAME TO version_sightings;

ALTER TABLE kept_out RENAME TO erased_keys;

-- What is searched: entries of timelines with their words, and names, numbers and mails of people.
ALTER TABLE docs RENAME TO search_entries;
DROP INDEX docs_lead;
CREATE INDEX search_entries_lead ON search_entries (lead);
ALTER TABLE words RENAME TO search_words;
ALTER TABLE people RENAME TO search_people;

ALTER TABLE facts RENAME TO lead_metrics;
DROP INDEX facts_span;
CREATE INDEX lead_metrics_span ON lead_metrics (last_at, first_at);
