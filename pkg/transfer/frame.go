package transfer

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/outcry/outcry/pkg/archive"
)

const (
	// Magic is the first line of every file.
	Magic = "outcry archive\n"
	// Format is the version of the format that this package writes, and the newest
	// that it reads.
	Format = 1

	headerFrame, rowsFrame, endFrame = 'H', 'R', 'E'

	// maxFrame bounds the payload of a frame.
	maxFrame = 64 << 20
	sumSize  = 16
)

// Header says what a file holds.
type Header struct {
	Format    int              `json:"format"`
	Version   string           `json:"version"` // of the Outcry that wrote it
	Moment    time.Time        `json:"moment"`
	Simulated bool             `json:"simulated"`
	Tables    []archive.Table  `json:"tables"`
	Sequences map[string]int64 `json:"sequences"`
	// Secret is the secret of the data folder, if it was asked for.
	Secret string `json:"secret,omitempty"`
}

// end is the last frame of a file.
type end struct {
	Rows map[string]int64 `json:"rows"`
}

// errDamaged is the error of a file that is not as it was written.
var errDamaged = errors.New("the file is damaged: its checksum is wrong")

// frameWriter writes frames.
type frameWriter struct {
	w   io.Writer
	sum [sumSize]byte
}

func newFrameWriter(w io.Writer) (*frameWriter, error) {
	_, err := io.WriteString(w, Magic)
	return &frameWriter{w: w}, err
}

func (f *frameWriter) write(kind byte, payload []byte) error {
	if len(payload) > maxFrame {
		return fmt.Errorf("a frame of %d bytes is too large", len(payload))
	}
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(payload)))
	f.sum = sumOf(f.sum, head, payload)
	for _, part := range [][]byte{head, payload, f.sum[:]} {
		if _, err := f.w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func (f *frameWriter) writeJSON(kind byte, v any) error {
	payload, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return f.write(kind, payload)
}

// sumOf returns the checksum after a frame.
func sumOf(before [sumSize]byte, head, payload []byte) [sumSize]byte {
	h := sha256.New()
	for _, part := range [][]byte{before[:], head, payload} {
		h.Write(part) // never fails, by its contract
	}
	return [sumSize]byte(h.Sum(nil))
}

// frameReader reads frames.
type frameReader struct {
	r   *bufio.Reader
	sum [sumSize]byte
}

func newFrameReader(r io.Reader) (*frameReader, error) {
	f := &frameReader{r: bufio.NewReaderSize(r, 1<<20)}
	magic := make([]byte, len(Magic))
	if _, err := io.ReadFull(f.r, magic); err != nil || !bytes.Equal(magic, []byte(Magic)) {
		return nil, errors.New("it is no backup or export of Outcry")
	}
	return f, nil
}

// read returns the next frame. Its payload is valid until the next call.
func (f *frameReader) read() (kind byte, payload []byte, err error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(f.r, head); err != nil {
		return 0, nil, cutOff(err)
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxFrame {
		return 0, nil, errDamaged
	}
	payload = make([]byte, n)
	var sum [sumSize]byte
	for _, part := range [][]byte{payload, sum[:]} {
		if _, err := io.ReadFull(f.r, part); err != nil {
			return 0, nil, cutOff(err)
		}
	}
	if f.sum = sumOf(f.sum, head, payload); f.sum != sum {
		return 0, nil, errDamaged
	}
	return head[0], payload, nil
}

// atEnd returns an error if something follows the last frame.
func (f *frameReader) atEnd() error {
	if _, err := f.r.ReadByte(); !errors.Is(err, io.EOF) {
		return errDamaged
	}
	return nil
}

// cutOff returns the error of a file that ends too early.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the file is cut off: its end is missing")
	}
	return err
}
