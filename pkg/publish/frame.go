package publish

import (
	"bytes"
	"strconv"
)

// Reset is the name of the event for a returning client that missed events which
// are no longer kept. The client reads the current state again and continues.
const Reset = "reset"

// Frame is an encoded event. All subscribers share it and do not change it.
type Frame struct {
	ID   int64 // of the event
	Text []byte
}

// Encode returns the frame of e in the format of server-sent events. If simulated
// is true, it adds the field "simulated" to the data.
func Encode(e Event, simulated bool) Frame {
	text := make([]byte, 0, len(e.Data)+64)
	if e.ID != 0 {
		text = strconv.AppendInt(append(text, "id: "...), e.ID, 10)
		text = append(text, '\n')
	}
	text = append(append(text, "event: "...), e.Name...)
	text = append(text, "\ndata: "...)
	// A line break would end the field. In JSON, line breaks are white space.
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
