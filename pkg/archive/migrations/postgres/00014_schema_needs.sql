-- +goose Up

-- The migration that a program must know to understand the data. A migration that
-- programs of the version before cannot live with raises it to its own number.
CREATE TABLE schema_needs (
    version BIGINT NOT NULL
);

INSERT INTO schema_needs VALUES (11);

-- +goose Down

DROP TABLE schema_needs;
