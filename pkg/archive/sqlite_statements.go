package archive

// The statements of the dictionary. They add the row when it is new and return
// its ID. An upsert returns the ID in one step, also of a row that is not new.
const (
	SQLiteInternService = `INSERT INTO services (slug) VALUES (?)
		ON CONFLICT (slug) DO UPDATE SET slug = excluded.slug RETURNING id`
	SQLiteInternCell = `INSERT INTO cells (service, kind, country, symptom) VALUES (?, ?, ?, ?)
		ON CONFLICT (service, kind, country, symptom) DO UPDATE SET kind = excluded.kind RETURNING id`
)

// The statements with which package sqlitestore counts.
const (
	SQLiteAddReport = `INSERT INTO reports (day, service, id, cell, minute, received, address, device, network)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, service, id) DO NOTHING`
	SQLiteDeleteReport   = `DELETE FROM reports WHERE day = ? AND service = ? AND id = ?`
	SQLiteFindReportCell = `SELECT cell FROM reports WHERE day = ? AND service = ? AND id = ?`
	SQLiteAddAnswer      = `INSERT INTO answers (service, id, cell, status, received) VALUES (?, ?, ?, ?, ?)`
	SQLiteAddVisits      = `INSERT INTO visits (minute, cell, n) VALUES (?, ?, ?)
		ON CONFLICT (minute, cell) DO UPDATE SET n = n + excluded.n`
	SQLiteAddClaim = `INSERT INTO claims (key, body, at) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET body = excluded.body, at = excluded.at`
	SQLiteAddBeat = `INSERT INTO beats (minute) VALUES (?) ON CONFLICT (minute) DO NOTHING`
)

// The statements with which package sqlitestore reads what was counted. Those
// that end in From or Since take the first minute, or the time in milliseconds
// before the first row.
const (
	SQLiteLastBeat = `SELECT MAX(minute) FROM beats`
	// SQLiteLastReceived is when the report that was counted last arrived.
	SQLiteLastReceived = `SELECT received FROM reports ORDER BY seq DESC LIMIT 1`
	SQLiteServices     = `SELECT id, slug FROM services`
	SQLiteCells        = `SELECT c.id, s.slug, c.service, c.kind, c.country, c.symptom FROM cells c JOIN services s ON s.id = c.service`
	SQLiteBeatsFrom    = `SELECT minute FROM beats WHERE minute >= ?`
	// SQLiteCountsFrom returns a row for each report: to group them, SQLite would
	// sort them first.
	SQLiteCountsFrom = `SELECT minute, cell, 1 FROM reports
		WHERE seq >= (SELECT MIN(seq) FROM reports WHERE minute >= ?)`
	SQLiteVisitsFrom   = `SELECT minute, cell, n FROM visits WHERE minute >= ?`
	SQLiteAnswersSince = `SELECT service, id, cell, status, received FROM answers WHERE received > ? ORDER BY seq`
	SQLiteClaimsSince  = `SELECT key, body, at FROM claims WHERE at > ?`
	SQLiteReportsFrom  = `SELECT service, id, cell, minute, received, address, device, network FROM reports
		WHERE seq >= (SELECT MIN(seq) FROM reports WHERE minute >= ?) ORDER BY seq`
)

// The statements with which package sqlitestore forgets. Each deletes at most a
// batch of rows.
const (
	// SQLiteForgetAnswers takes the size of a batch and the time in milliseconds
	// of the last answer to delete.
	SQLiteForgetAnswers = `DELETE FROM answers WHERE seq IN (SELECT seq FROM answers ORDER BY seq LIMIT ?) AND received <= ?`
	// SQLiteForgetClaims takes the time in milliseconds of the last claim to delete
	// and the size of a batch.
	SQLiteForgetClaims = `DELETE FROM claims WHERE key IN (SELECT key FROM claims WHERE at <= ? ORDER BY at LIMIT ?)`
	// SQLiteForgetVisits takes the first minute to keep and the size of a batch.
	SQLiteForgetVisits = `DELETE FROM visits WHERE minute IN (SELECT minute FROM visits WHERE minute < ? ORDER BY minute LIMIT ?)`
)

// sqliteSetRollup sets the rollup of a cell.
const sqliteSetRollup = `INSERT INTO rollups (service, start, width, cell, n, aside) VALUES (?, ?, ?, ?, ?, ?)
	ON CONFLICT (service, start, width, cell) DO UPDATE SET n = excluded.n, aside = excluded.aside`
