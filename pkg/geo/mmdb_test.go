package geo

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// network is an entry of a test database.
type network struct {
	prefix string
	record []byte // in the data format of .mmdb files
}

// Values in the data format begin with a control byte of type and size. The format
// is at https://maxmind.github.io/MaxMind-DB/.
func text(s string) []byte { return append([]byte{2<<5 | byte(len(s))}, s...) }
func object(fields ...[]byte) []byte {
	return append([]byte{7<<5 | byte(len(fields)/2)}, slices.Concat(fields...)...)
}
func number16(n uint16) []byte              { return binary.BigEndian.AppendUint16([]byte{5<<5 | 2}, n) }
func number32(n uint32) []byte              { return binary.BigEndian.AppendUint32([]byte{6<<5 | 4}, n) }
func field(name string, v []byte) []byte    { return object(text(name), v) }
func nested(code string) []byte             { return field("country", field("iso_code", text(code))) }
func flat(code string) []byte               { return field("country_code", text(code)) }
func continent(code string) []byte          { return field("continent", field("code", text(code))) }
func entry(prefix string, r []byte) network { return network{prefix, r} }

// writeDatabase writes an .mmdb file of IPv6 addresses, with IPv4 below ::/96, and
// returns its path. The file is a binary tree of 24-bit records, then the data, then
// the metadata.
func writeDatabase(t *testing.T, networks ...network) string {
	t.Helper()
	type node [2]int // 0: none; n > 0: nodes[n]; n < 0: the data of networks[-n-1]
	nodes := []node{{}}
	for i, n := range networks {
		prefix := netip.MustParsePrefix(n.prefix)
		addr, bits := prefix.Addr().As16(), prefix.Bits()
		if prefix.Addr().Is4() {
			addr[10], addr[11] = 0, 0
			bits += 96
		}
		at := 0
		for b := range bits {
			side := addr[b/8] >> (7 - b%8) & 1
			if b == bits-1 {
				nodes[at][side] = -i - 1
			} else if nodes[at][side] == 0 {
				nodes = append(nodes, node{})
				nodes[at][side] = len(nodes) - 1
			}
			at = max(nodes[at][side], 0)
		}
	}

	var data []byte
	offsets := make([]int, len(networks))
	for i, n := range networks {
		offsets[i] = len(data)
		data = append(data, n.record...)
	}
	var file []byte
	for _, n := range nodes {
		for _, to := range n {
			value := to
			switch {
			case to == 0:
				value = len(nodes)
			case to < 0:
				value = len(nodes) + 16 + offsets[-to-1]
			}
			file = append(file, byte(value>>16), byte(value>>8), byte(value))
		}
	}
	file = append(file, make([]byte, 16)...)
	file = append(file, data...)
	file = append(file, "\xAB\xCD\xEFMaxMind.com"...)
	file = append(file, object(
		text("binary_format_major_version"), number16(2),
		text("binary_format_minor_version"), number16(0),
		text("database_type"), text("Test-Country"),
		text("ip_version"), number16(6),
		text("node_count"), number32(uint32(len(nodes))),
		text("record_size"), number16(24),
	)...)
	path := filepath.Join(t.TempDir(), "test.mmdb")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
