-- +goose Up

-- What subscriptions are told. At most one message of a subscription and an incident
-- waits, beside those that somebody asked to be sent again.
CREATE TABLE messages (
    id            TEXT PRIMARY KEY,
    subscription  TEXT NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    incident      TEXT NOT NULL, -- empty if it is about none
    version       INTEGER NOT NULL,
    kind          TEXT NOT NULL,
    mark          TEXT NOT NULL, -- a notify.Mark, as JSON
    state         TEXT NOT NULL, -- waiting, delivered or dead
    again         INTEGER NOT NULL, -- 1 if somebody asked for it again: then it changes no telling
    created       INTEGER NOT NULL,
    due           INTEGER NOT NULL,
    first         INTEGER NOT NULL, -- the first attempt; 0 before
    attempts      INTEGER NOT NULL,
    claimed_by    TEXT NOT NULL, -- the process that makes an attempt, or empty
    claimed_until INTEGER NOT NULL,
    finished      INTEGER NOT NULL, -- when it was delivered or given up; 0 before
    status        INTEGER NOT NULL, -- of the last attempt, as its protocol has it
    detail        TEXT NOT NULL
);

CREATE INDEX messages_waiting ON messages (due, created) WHERE state = 'waiting';
CREATE INDEX messages_claimed ON messages (subscription, claimed_until) WHERE claimed_until > 0;
CREATE INDEX messages_subscription ON messages (subscription, created);
CREATE INDEX messages_incident ON messages (incident, version);
CREATE INDEX messages_finished ON messages (finished) WHERE finished > 0;

-- The latest attempts to deliver messages.
CREATE TABLE deliveries (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription TEXT NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    message      TEXT NOT NULL,
    incident     TEXT NOT NULL,
    kind         TEXT NOT NULL,
    attempt      INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    took         INTEGER NOT NULL, -- milliseconds
    result       TEXT NOT NULL,
    status       INTEGER NOT NULL,
    detail       TEXT NOT NULL
);

CREATE INDEX deliveries_subscription ON deliveries (subscription, id);
CREATE INDEX deliveries_at ON deliveries (at);

-- +goose Down

DROP TABLE deliveries;
DROP TABLE messages;
