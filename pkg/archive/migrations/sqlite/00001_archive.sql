-- Times are whole minutes (minute, start, width, day) or milliseconds (at,
-- received, onset, created, revoked) since the Unix epoch, UTC.

-- +goose Up

-- The dictionary: what reports and rollups name by number. Its rows are never
-- changed or deleted.
CREATE TABLE services (
    id   INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE
);

CREATE TABLE cells (
    id      INTEGER PRIMARY KEY,
    service INTEGER NOT NULL REFERENCES services (id),
    kind    INTEGER NOT NULL, -- report.Kind
    country TEXT NOT NULL,
    symptom TEXT NOT NULL,
    UNIQUE (service, kind, country, symptom)
);

-- Counted problems and recoveries, in the order of their arrival. A bucket is
-- the number of rows of its minute and cells, so the two cannot disagree.
CREATE TABLE reports (
    seq      INTEGER PRIMARY KEY,
    day      INTEGER NOT NULL, -- UTC day of minute, since the epoch
    service  INTEGER NOT NULL,
    id       BLOB    NOT NULL, -- 16 bytes
    cell     INTEGER NOT NULL,
    minute   INTEGER NOT NULL,
    received INTEGER NOT NULL,
    address  INTEGER NOT NULL, -- pseudonyms under the key of the day it arrived,
    device   INTEGER NOT NULL, -- which is destroyed after two days
    network  INTEGER NOT NULL
);

CREATE UNIQUE INDEX reports_once ON reports (day, service, id);

CREATE INDEX reports_by_minute ON reports (minute);

-- Answers other than "counted", remembered for window.IDMemory.
CREATE TABLE answers (
    seq      INTEGER PRIMARY KEY,
    service  INTEGER NOT NULL,
    id       BLOB    NOT NULL,
    status   INTEGER NOT NULL, -- window.Status
    received INTEGER NOT NULL
);

CREATE TABLE visits (
    minute INTEGER NOT NULL,
    cell   INTEGER NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (minute, cell)
) WITHOUT ROWID;

-- Minutes in which counting worked.
CREATE TABLE beats (
    minute INTEGER PRIMARY KEY
);

CREATE TABLE rollups (
    service INTEGER NOT NULL,
    start   INTEGER NOT NULL,
    width   INTEGER NOT NULL,
    cell    INTEGER NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (service, start, width, cell)
) WITHOUT ROWID;

CREATE INDEX rollups_by_width ON rollups (width, start);

-- Stretches whose rollups are final.
CREATE TABLE spans (
    start INTEGER NOT NULL,
    width INTEGER NOT NULL,
    known INTEGER NOT NULL,
    PRIMARY KEY (start, width)
) WITHOUT ROWID;

CREATE TABLE incidents (
    id      TEXT    PRIMARY KEY,
    service TEXT    NOT NULL,
    version INTEGER NOT NULL,
    state   TEXT    NOT NULL,
    onset   INTEGER NOT NULL,
    body    TEXT    NOT NULL -- JSON
);

CREATE INDEX incidents_by_onset ON incidents (onset, id);

CREATE INDEX incidents_by_service ON incidents (service, onset, id);

CREATE TABLE incident_countries (
    incident TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    country  TEXT NOT NULL,
    PRIMARY KEY (incident, country)
) WITHOUT ROWID;

CREATE TABLE timeline (
    seq      INTEGER PRIMARY KEY,
    incident TEXT    NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    version  INTEGER NOT NULL,
    change   TEXT    NOT NULL,
    body     TEXT    NOT NULL, -- JSON
    UNIQUE (incident, version, change)
);

-- AUTOINCREMENT: an ID that a client has seen never comes back.
CREATE TABLE events (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    name      TEXT    NOT NULL,
    service   TEXT    NOT NULL,
    countries TEXT    NOT NULL, -- JSON
    at        INTEGER NOT NULL,
    data      BLOB    NOT NULL -- JSON
);

CREATE TABLE detector_states (
    cell  TEXT PRIMARY KEY,
    state BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE api_keys (
    id      TEXT    PRIMARY KEY,
    name    TEXT    NOT NULL,
    scope   TEXT    NOT NULL,
    origins TEXT    NOT NULL, -- JSON
    prefix  TEXT    NOT NULL,
    hash    BLOB    NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    revoked INTEGER NOT NULL -- 0 while it is valid
);

-- +goose Down

DROP TABLE api_keys;
DROP TABLE detector_states;
DROP TABLE events;
DROP TABLE timeline;
DROP TABLE incident_countries;
DROP TABLE incidents;
DROP TABLE spans;
DROP TABLE rollups;
DROP TABLE beats;
DROP TABLE visits;
DROP TABLE answers;
DROP TABLE reports;
DROP TABLE cells;
DROP TABLE services;
