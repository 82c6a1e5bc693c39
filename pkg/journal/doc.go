// Package journal moves counted reports from the windows in Redis to the archive,
// and after a loss of the windows back from the archive.
//
// An Archiver takes entries from a Source and archives them. A Restorer finds
// partitions whose windows were lost and restores them. The package defines what
// they need of the store and the archive as interfaces; redisstore and archive
// implement these. It does not know how entries are stored.
package journal
