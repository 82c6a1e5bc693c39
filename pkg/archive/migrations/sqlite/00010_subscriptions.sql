-- +goose Up

-- Who wants to be told about incidents, and through which channel.
CREATE TABLE subscriptions (
    id      TEXT PRIMARY KEY,
    channel TEXT NOT NULL,
    owner   TEXT NOT NULL, -- the ID of an API key, or empty
    state   TEXT NOT NULL, -- pending, active or ended
    service TEXT NOT NULL, -- the only service that it is about, or empty
    lookup  TEXT NOT NULL, -- keyed hash of the address, or empty
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL, -- when it is deleted; 0 is never
    body    TEXT NOT NULL, -- what no query needs, as JSON
    sealed  BLOB NOT NULL  -- the address and the secrets, encrypted; empty once it has ended
);

CREATE INDEX subscriptions_active ON subscriptions (service, id) WHERE state = 'active';
CREATE INDEX subscriptions_lookup ON subscriptions (channel, lookup) WHERE lookup <> '';
CREATE INDEX subscriptions_owner ON subscriptions (owner, id);
CREATE INDEX subscriptions_expires ON subscriptions (expires) WHERE expires > 0;

-- The versions of incidents that people may have to be told about. A row is written
-- with its version and kept while a message or a pending change needs it.
CREATE TABLE outbox (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    incident TEXT NOT NULL,
    version  INTEGER NOT NULL,
    service  TEXT NOT NULL,
    at       INTEGER NOT NULL,
    body     TEXT NOT NULL, -- the incident, as in incidents
    after    TEXT NOT NULL, -- the last subscription that was looked at
    done     INTEGER NOT NULL, -- 1 once all subscriptions were looked at
    UNIQUE (incident, version)
);

CREATE INDEX outbox_open ON outbox (seq) WHERE done = 0;

-- What a subscription was told about an incident, and what it is still to be told.
CREATE TABLE tellings (
    subscription TEXT NOT NULL REFERENCES subscriptions ON DELETE CASCADE,
    incident     TEXT NOT NULL,
    told         TEXT NOT NULL, -- a notify.Told, as JSON
    pending      INTEGER NOT NULL, -- the latest version that may have to be told; 0 if there is none
    due          INTEGER NOT NULL, -- when pending is decided; 0 while a message waits
    message      TEXT NOT NULL, -- the ID of the message that waits, or empty
    updated      INTEGER NOT NULL,
    PRIMARY KEY (subscription, incident)
);

CREATE INDEX tellings_incident ON tellings (incident, subscription);
CREATE INDEX tellings_due ON tellings (due) WHERE due > 0;

-- +goose Down

DROP TABLE tellings;
DROP TABLE outbox;
DROP TABLE subscriptions;
