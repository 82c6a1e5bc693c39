package redisstore

import (
	"fmt"
	"strconv"
	"strings"
)

// layout describes a packed record: its fields in order, without padding,
// numbers in big-endian order.
type layout struct {
	name   string // of the constants that scripts know it by
	fields []field
	sizes  []int // of the fields, in bytes
	size   int   // of a record, in bytes
}

// field is one field of a packed record.
type field struct {
	name string
	// format is what the scripts unpack the field by: B, H, I3 and I4 are
	// unsigned numbers of 1, 2, 3 and 4 bytes, d is a float of 8 bytes, and c
	// with a number is a string of so many bytes.
	format  string
	meaning string
}

// newLayout returns the layout with the given fields.
func newLayout(name string, fields ...field) *layout {
	l := &layout{name: name, fields: fields}
	for _, f := range fields {
		l.sizes = append(l.sizes, f.size())
		l.size += f.size()
	}
	return l
}

// size returns the size of a field in bytes.
func (f field) size() int {
	switch f.format {
	case "B":
		return 1
	case "H":
		return 2
	case "d":
		return 8
	}
	n, err := strconv.Atoi(f.format[1:])
	if err != nil || f.format[0] != 'I' && f.format[0] != 'c' {
		panic(fmt.Sprintf("field %s has the format %q", f.name, f.format))
	}
	return n
}

// format returns what struct.unpack of Lua takes for the whole record.
func (l *layout) format() string {
	var b strings.Builder
	b.WriteByte('>')
	for _, f := range l.fields {
		b.WriteString(f.format)
	}
	return b.String()
}

// lua returns the definition of the two constants that scripts unpack a record
// by: its format, and its size in bytes.
func (l *layout) lua() string {
	return fmt.Sprintf("local %s, %s_SIZE = '%s', %d\n", l.name, l.name, l.format(), l.size)
}

// offset returns where the named field begins in a record, in bytes.
func (l *layout) offset(name string) int {
	at := 0
	for i, f := range l.fields {
		if f.name == name {
			return at
		}
		at += l.sizes[i]
	}
	panic(fmt.Sprintf("%s has no field %s", l.name, name))
}

// value is the value of one field: a number, or the bytes of a string.
type value struct {
	number uint64
	text   []byte
}

func num[T ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~int | ~int64](n T) value {
	return value{number: uint64(n)}
}

func text(b []byte) value { return value{text: b} }

// append appends a record with one value for each field. It panics if a value
// does not fit its field in size, or a field has no value.
func (l *layout) append(b []byte, values ...value) []byte {
	if len(values) != len(l.fields) {
		panic(fmt.Sprintf("%d values for the %d fields of %s", len(values), len(l.fields), l.name))
	}
	start := len(b)
	for i := range values {
		v, size := &values[i], l.sizes[i]
		if v.text != nil {
			b = append(b, v.text...)
			continue
		}
		for shift := 8 * (size - 1); shift >= 0; shift -= 8 {
			b = append(b, byte(v.number>>shift))
		}
	}
	if len(b)-start != l.size {
		panic(fmt.Sprintf("a record of %s has %d bytes instead of %d", l.name, len(b)-start, l.size))
	}
	return b
}
