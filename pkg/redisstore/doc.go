// Package redisstore is the window.Store of the distributed mode, on Redis or
// Redis Cluster, and the Redis side of the journal.
//
// All that a partition has lies in one hash slot, and one call of a script
// decides and counts the reports of a batch there: IDs, cool-downs, buckets,
// networks and journal, in one step. The script looks at the times that reports
// carry; the server's clock only clears up (keys.go has every key).
//
// # How reporters and IDs are remembered
//
// A key for each of a million reporters costs about 175 bytes, a member of a
// sorted set 120 to 142. Sets of 64-bit integers would cost 9, but can only say
// whether one is there: a known ID must give its first answer again, and a
// repeat is told by the distance of two minutes. So both are records of fixed
// width in strings of about 20, which are the fields of one hash for each two
// hours of IDs or half an hour of reporters:
//
//	ID       6 bytes of its hash, 3 of what became of it
//	reporter 4 bytes of the address, 27 bits of the device, 5 of the minute
//
// The hash grows by linear hashing, one field at a time, so that a string never
// gets long and nothing is ever moved at once. A generation goes as a whole.
// Strings of 8 take 7 bytes more for both together and no less time; strings of
// 64 take 2 bytes less and a third more time.
//
// TestCost prints what a report costs: about 12.3 bytes for an ID, 11.2 for a
// reporter, 46 for a bucket of one cell and 7 for each further cell; and 8 to
// 11 µs of Redis in batches of 100 and more, measured on a busy machine.
//
// Of 8 µs, with half a million remembered, 2.6 go into reading the fields of
// both hashes, 2.2 into looking into them and adding to them, 2 into writing
// and splitting them, 0.6 into reading what was asked, and the rest into
// buckets, networks and journal. The calls of Redis for those fields, alone and
// in a script that decides nothing, take about 3.3.
package redisstore
