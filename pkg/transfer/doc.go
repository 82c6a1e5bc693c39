// Package transfer writes the archive of an installation into a file as it is at one
// moment, and fills an empty archive from such a file. Both engines write and read
// the same file, so it is a backup as well as the way from one mode to the other.
//
// A file begins with the line Magic. Frames follow: a kind, the length of the
// payload in 4 bytes (big-endian), the payload, and 16 bytes of a checksum over all
// frames so far. So a file that was cut off, changed or put together from two is
// recognised. The first frame is the header and the last one the end, both JSON;
// between them are rows, packed (row.go) and compressed by Zstandard.
package transfer
