// Package archive stores what must outlive a process: counted reports, rollups,
// incidents with their timelines, events, detector states and API keys. It
// stores them in SQLite or in Postgres.
//
// # GORM and raw SQL
//
// GORM is the way to both databases: it holds the connections, translates their
// errors and maps the rows of incidents, events, detector states and API keys,
// which are read and written one object at a time.
//
// Reports, beats, rollups and spans are raw SQL. They are sets of counts that
// are grouped, added up and replaced by one statement, which GORM cannot build.
// Such statements run through GORM's Raw and Exec. Three run below GORM, on the
// driver's own connection, because a row costs several times as much through
// it: rollups that are saved, the reports that Postgres copies from the
// journal, and the reports that package sqlitestore counts.
//
// # Files
//
// The folder migrations holds the schema of each database. Files that begin
// with sqlite_ or postgres_, and sqlite.go and postgres.go, are for one
// database. All other files are for both and reach what differs through engine.
// The type Postgres adds what only an archive shared by many processes needs.
// The statements of package sqlitestore are in sqlite_statements.go, beside the
// migrations that make their tables.
//
// # Units
//
// Times are integers in the tables: minutes, which are numbers of buckets
// (window.Minute), or milliseconds since the Unix epoch. Days are UTC days since
// the Unix epoch. The archive has no clock: callers pass the time.
package archive
