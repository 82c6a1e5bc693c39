package publish

import (
	"bytes"
	"strconv"
)

// Reset names the event that tells a returning client that some of what it
// missed is no longer kept: it reads the current state again and goes on.
const Reset = "reset"

// Frame is an event as it is written to a stream, shared by all who get it.
type Frame struct {
	ID   int64 // of the event
	Text []byte
}

// Encode returns the frame of e in the format of server-sent events. Simulated
// adds the field "simulated" to its data.
func Encode(e Event, simulated bool) Frame {
	text := make([]byte, 0, len(e.Data)+64)
	if e.ID != 0 {
		text = strconv.AppendInt(append(text, "id: "...), e.ID, 10)
		text = append(text, '\n')
	}
	text = append(append(text, "event: "...), e.Name...)
	text = append(text, "\ndata: "...)
	// A line end would end the field. In JSON it can only be white space.
	data := bytes.ReplaceAll(bytes.TrimSpace(e.Data), []byte("\n"), []byte(" "))
	if simulated && len(data) > 0 && data[0] == '{' {
		text = append(text, `{"simulated":true`...)
		data = bytes.TrimLeft(data[1:], " ")
		if len(data) > 0 && data[0] != '}' {
			text = append(text, ',')
		}
	}
	text = append(text, data...)
	return Frame{ID: e.ID, Text: append(text, "\n\n"...)}
}
