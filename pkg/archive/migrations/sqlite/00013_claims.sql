-- Idempotency keys, remembered for window.IDMemory.

-- +goose Up
CREATE TABLE claims (
    key  BLOB    PRIMARY KEY, -- 16 bytes of a hash of the key and the service
    body BLOB    NOT NULL,    -- 8 bytes of a fingerprint of what was asked for
    at   INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX claims_by_time ON claims (at);

-- +goose Down
DROP TABLE claims;
