package backtest

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Names of the columns that are read, in any letter case.
const (
	timeColumn  = "timestamp"
	valueColumn = "value"
)

// columns are the places of the columns that are read.
type columns struct{ time, value int }

// readHeader reads the names of the columns.
func (in *Reader) readHeader() (columns, error) {
	found := columns{-1, -1}
	header, line, err := in.record()
	if errors.Is(err, io.EOF) {
		return found, in.refuse(1, "the file is empty; its first line names the columns %s and %s", timeColumn, valueColumn)
	}
	if err != nil {
		return found, err
	}
	for i, name := range header {
		place := &found.time
		switch strings.ToLower(strings.TrimSpace(name)) {
		case timeColumn:
		case valueColumn:
			place = &found.value
		default:
			continue
		}
		if *place >= 0 {
			return found, in.refuse(line, "two columns are named %q", strings.TrimSpace(name))
		}
		*place = i
	}
	if found.time >= 0 && found.value >= 0 {
		return found, nil
	}
	for separator, name := range map[string]string{";": "semicolons", "\t": "tabs"} {
		if len(header) == 1 && strings.Contains(header[0], separator) {
			return found, in.refuse(line, "columns are separated by %s; separate them by commas", name)
		}
	}
	return found, in.refuse(line, "the first line names the columns %q, which lack %s", header, strings.Join(found.missing(), " and "))
}

// missing returns the names of the columns without a place.
func (c columns) missing() []string {
	var names []string
	if c.time < 0 {
		names = append(names, timeColumn)
	}
	if c.value < 0 {
		names = append(names, valueColumn)
	}
	return names
}

// record returns the fields of the next line that is not blank, and the number of
// the line, or io.EOF. The fields are valid until the next call.
func (in *Reader) record() ([]string, int, error) {
	for {
		fields, err := in.records.Read()
		var syntax *csv.ParseError
		complete := err == nil || errors.Is(err, csv.ErrFieldCount)
		switch {
		case complete && isBlank(fields):
		case err == nil:
			line, _ := in.records.FieldPos(0)
			return fields, line, nil
		case errors.Is(err, io.EOF):
			return nil, 0, io.EOF
		case errors.Is(err, csv.ErrFieldCount):
			line, _ := in.records.FieldPos(0)
			return nil, 0, in.refuse(line, "the row has %d columns, the first line %d", len(fields), in.records.FieldsPerRecord)
		case errors.As(err, &syntax):
			return nil, 0, in.refuse(syntax.StartLine, "the quotes are wrong: %w", syntax.Err)
		case errors.Is(err, errLongLine):
			return nil, 0, in.refuse(in.lines.line, "%w", err)
		default:
			return nil, 0, fmt.Errorf("read %s: %w", in.name, err)
		}
	}
}

// isBlank reports whether all fields are empty or white space. Spreadsheets write
// such rows below the last one.
func isBlank(fields []string) bool {
	for _, field := range fields {
		if strings.TrimSpace(field) != "" {
			return false
		}
	}
	return true
}

// parse returns the next row, whatever its time.
func (in *Reader) parse() (numbered, error) {
	fields, line, err := in.record()
	if err != nil {
		return numbered{}, err
	}
	row := numbered{line: line}
	text, ok := strings.TrimSpace(fields[in.columns.time]), false
	if row.Start, ok = ParseTime(text); !ok {
		return row, in.refuse(line, "%q is no time like 2024-05-01 12:00:00 or 2024-05-01T12:00:00Z", text)
	}
	text = strings.TrimSpace(fields[in.columns.value])
	if isUnknown(text) {
		return row, nil
	}
	row.Known = true
	if row.Value, ok = parseCount(text); !ok {
		return row, in.refuse(line, "%q is no count: a number from 0 to 2^53, or empty when it is unknown", text)
	}
	return row, nil
}
