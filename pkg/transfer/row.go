package transfer

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"

	"github.com/outcry/outcry/pkg/archive"
)

// A row is its values in the order of the columns. A value begins with 0 for NULL,
// and 1 otherwise. An integer follows as a varint, a text or a blob as its length and
// its bytes.

// appendRow appends a row to b.
func appendRow(b []byte, values []any) ([]byte, error) {
	for _, value := range values {
		switch v := value.(type) {
		case nil:
			b = append(b, 0)
		case int64:
			b = binary.AppendVarint(append(b, 1), v)
		case string:
			b = append(binary.AppendUvarint(append(b, 1), uint64(len(v))), v...)
		case []byte:
			b = append(binary.AppendUvarint(append(b, 1), uint64(len(v))), v...)
		default:
			return nil, fmt.Errorf("a %T cannot be stored in a file", value)
		}
	}
	return b, nil
}

// cutRow returns the first row of b, and what follows it.
func cutRow(b []byte, columns []archive.Column) (values []any, rest []byte, err error) {
	values = make([]any, len(columns))
	for i, c := range columns {
		if len(b) == 0 {
			return nil, nil, errDamaged
		}
		present := b[0] == 1
		b = b[1:]
		if !present {
			continue
		}
		if c.Kind == archive.Int {
			v, n := binary.Varint(b)
			if n <= 0 {
				return nil, nil, errDamaged
			}
			values[i], b = v, b[n:]
			continue
		}
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) {
			return nil, nil, errDamaged
		}
		v := b[n : n+int(length)]
		if b = b[n+int(length):]; c.Kind == archive.Text {
			values[i] = string(v)
		} else {
			values[i] = v
		}
	}
	return values, b, nil
}

// tally is the number of rows of a table, and a sum of them that does not depend on
// their order.
type tally struct {
	Rows int64
	Sum  uint64
}

// add adds a packed row.
func (t *tally) add(packed []byte) {
	h := fnv.New64a()
	h.Write(packed) // never fails
	t.Rows++
	t.Sum += h.Sum64()
}
