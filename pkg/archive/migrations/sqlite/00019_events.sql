-- +goose Up

-- Which incidents belong to one event: the ID of its first incident.
ALTER TABLE incidents ADD COLUMN event TEXT NOT NULL DEFAULT '';

CREATE INDEX incidents_by_event ON incidents (event, onset, id) WHERE event <> '';

-- +goose Down

DROP INDEX incidents_by_event;
ALTER TABLE incidents DROP COLUMN event;
