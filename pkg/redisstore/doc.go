// Package redisstore implements window.Store on Redis or Redis Cluster for the
// distributed mode. It also implements journal.Source and journal.Windows there.
//
// A partition has all its keys in one hash slot (keys.go lists them). One call of
// a script decides on the reports of a batch in a partition and counts them: IDs,
// cool-downs, buckets, networks and journal, in one step. The script uses the
// times in the reports; the clock of the server only expires keys. The files of
// the script are in lua, and layout.go describes what is packed for it.
//
// # How reporters and IDs are remembered
//
// For a million reporters a key each costs about 175 bytes, and a member of a
// sorted set 120 to 142. Sets of 64-bit integers would cost 9, but only say
// whether a member is there. That is not enough: a resent ID gets the outcome of
// its first submission, and a repeat depends on the distance of two minutes. So
// both are records of fixed size, in strings of about 20 records. The strings are
// the fields of one hash for two hours of IDs or half an hour of reporters:
//
//	ID       6 bytes of its hash, 3 of its outcome
//	reporter 4 bytes of the address, 27 bits of the device, 5 of the minute
//
// The hash grows by linear hashing, one field at a time, so that strings stay
// short and no call moves many records. It expires as a whole. Strings of 8
// records take 7 bytes more for an ID and a reporter and no less time; strings of
// 64 take 2 bytes less and a third more time.
//
// TestCost prints what a report costs: about 12.3 bytes for an ID, 11.2 for a
// reporter, 46 for a bucket of one cell and 7 for each further cell; and 8 to
// 11 µs of Redis in batches of 100 and more, measured on a busy machine.
//
// Of 8 µs, with half a million IDs and reporters, reading the fields of both
// hashes takes 2.6, searching and extending them 2.2, writing and splitting them
// 2, unpacking the arguments 0.6; buckets, networks and journal take the rest.
// The calls of Redis for those fields alone take about 3.3.
package redisstore
