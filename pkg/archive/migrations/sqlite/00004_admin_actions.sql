-- +goose Up

-- The audit trail: what operators asked for, with which key, and what became of it.
-- Rows are never deleted.
CREATE TABLE admin_actions (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    key_id     TEXT NOT NULL,
    key_name   TEXT NOT NULL, -- as it was then
    key_prefix TEXT NOT NULL,
    state      TEXT NOT NULL, -- waiting, applied or refused
    done       INTEGER NOT NULL, -- 0 while it waits
    message    TEXT NOT NULL, -- why it was refused
    body       TEXT NOT NULL  -- the action, as JSON
);

CREATE INDEX admin_actions_waiting ON admin_actions (id) WHERE state = 'waiting';

-- +goose Down

DROP TABLE admin_actions;
