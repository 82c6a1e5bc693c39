package backtest

import (
	"bytes"
	"fmt"
	"io"
)

// maxLine is the longest line of input in bytes.
const maxLine = 4096

var errLongLine = fmt.Errorf("the line has more than %d bytes", maxLine)

// lineLimit passes on what r gives, and counts its lines. It fails with errLongLine
// at a line that is too long, so that input that is no series is not collected in
// memory.
type lineLimit struct {
	r      io.Reader
	line   int // of the last byte that was passed on
	length int // of that line so far
}

func (l *lineLimit) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			l.length += len(rest)
		} else {
			l.length += end
		}
		if l.length > maxLine {
			return 0, errLongLine
		}
		if end < 0 {
			break
		}
		l.line, l.length, rest = l.line+1, 0, rest[end+1:]
	}
	return n, err
}
