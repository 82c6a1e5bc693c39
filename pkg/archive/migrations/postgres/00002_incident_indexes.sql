-- +goose Up

-- For the incidents of a country, and for those that go on.
CREATE INDEX incident_countries_by_country ON incident_countries (country, incident);

CREATE INDEX incidents_by_state ON incidents (state, onset, id);

-- +goose Down

DROP INDEX incidents_by_state;
DROP INDEX incident_countries_by_country;
