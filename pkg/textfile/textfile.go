// Package textfile reads text that people write with whatever editor they have:
// settings, catalogs, scenarios and series. Text is UTF-8, with or without the
// byte-order mark that some editors put first. Text in another encoding of Unicode
// is refused with a message that names it, because it would be misread.
package textfile

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// mark is the byte-order mark in UTF-8.
var mark = []byte{0xEF, 0xBB, 0xBF}

// foreignMarks are the byte-order marks of other encodings. A mark comes after
// those that begin with it.
var foreignMarks = []struct {
	bytes    []byte
	encoding string
}{
	{[]byte{0xFF, 0xFE, 0, 0}, "UTF-32"},
	{[]byte{0, 0, 0xFE, 0xFF}, "UTF-32"},
	{[]byte{0xFF, 0xFE}, "UTF-16"},
	{[]byte{0xFE, 0xFF}, "UTF-16"},
}

// Read returns the text of the file at path without its byte-order mark.
func Read(path string) ([]byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if err := check(data); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return bytes.TrimPrefix(data, mark), nil
}

// NewReader returns a reader of the text in r without its byte-order mark. It reads
// the first bytes of r, and fails when they are not those of UTF-8.
func NewReader(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	start, err := buffered.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := check(start); err != nil {
		return nil, err
	}
	if bytes.HasPrefix(start, mark) {
		if _, err := buffered.Discard(len(mark)); err != nil {
			return nil, err
		}
	}
	return buffered, nil
}

// check returns an error if text that begins with start is not UTF-8. Without a
// mark, a zero byte among the first four gives UTF-16 and UTF-32 away: no text
// begins with one.
func check(start []byte) error {
	encoding := ""
	for _, foreign := range foreignMarks {
		if bytes.HasPrefix(start, foreign.bytes) {
			encoding = foreign.encoding
			break
		}
	}
	if encoding == "" && bytes.IndexByte(start[:min(4, len(start))], 0) >= 0 {
		encoding = "UTF-16"
	}
	if encoding == "" {
		return nil
	}
	return fmt.Errorf("the text is in %s; save it as UTF-8", encoding)
}
