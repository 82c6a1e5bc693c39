package backtest

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// readAll returns the rows of a file as "TIME COUNT", with "-" for an unknown count.
func readAll(file string, fillGaps bool) ([]string, *Reader, error) {
	in, err := readSeries("counts.csv", strings.NewReader(file), fillGaps)
	if err != nil {
		return nil, nil, err
	}
	var got []string
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return got, in, nil
		}
		if err != nil {
			return got, in, err
		}
		count := "-"
		if row.Known {
			count = fmt.Sprint(row.Value)
		}
		got = append(got, row.Start.Format(TimeLayout)+" "+count)
	}
}

func TestFilesMayBeWrittenAsCommonToolsWriteThem(t *testing.T) {
	want := []string{"2024-05-01 12:00:00 1", "2024-05-01 12:05:00 2"}
	for name, file := range map[string]string{
		"plain":                      "timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n",
		"no break at the end":        "timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2",
		"breaks of Windows":          "timestamp,value\r\n2024-05-01 12:00:00,1\r\n2024-05-01 12:05:00,2\r\n",
		"a byte-order mark":          "\ufefftimestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n",
		"a mark before quotes":       "\ufeff\"timestamp\",\"value\"\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n",
		"all quoted":                 "\"timestamp\",\"value\"\n\"2024-05-01 12:00:00\",\"1\"\n\"2024-05-01 12:05:00\",\"2\"\n",
		"header in capitals":         "Timestamp,VALUE\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n",
		"spaces":                     "timestamp, value \n2024-05-01 12:00:00 ,  1\n2024-05-01 12:05:00, 2 \n",
		"T and Z":                    "timestamp,value\n2024-05-01T12:00:00Z,1\n2024-05-01T12:05:00Z,2\n",
		"t and z":                    "timestamp,value\n2024-05-01t12:00:00z,1\n2024-05-01t12:05:00z,2\n",
		"T and milliseconds":         "timestamp,value\n2024-05-01T12:00:00.000Z,1\n2024-05-01T12:05:00.000Z,2\n",
		"offset":                     "timestamp,value\n2024-05-01 12:00:00+00:00,1\n2024-05-01 12:05:00+00:00,2\n",
		"offset of Kathmandu":        "timestamp,value\n2024-05-01 17:45:00+05:45,1\n2024-05-01T17:50:00+05:45,2\n",
		"offset without a colon":     "timestamp,value\n2024-05-01T17:30:00+0530,1\n2024-05-01T17:35:00 +0530,2\n",
		"offset of hours":            "timestamp,value\n2024-05-01 08:00:00-04,1\n2024-05-01 08:05:00-04,2\n",
		"offset that crosses a day":  "timestamp,value\n2024-05-02 02:00+14:00,1\n2024-05-01 00:05-12:00,2\n",
		"offset that changes":        "timestamp,value\n2024-05-01 14:00+02:00,1\n2024-05-01 13:05+01:00,2\n",
		"UTC":                        "timestamp,value\n2024-05-01 12:00:00 UTC,1\n2024-05-01 12:05:00 UTC,2\n",
		"no seconds":                 "timestamp,value\n2024-05-01 12:00,1\n2024-05-01T12:05,2\n",
		"empty lines at the end":     "timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n\n\r\n  \n\n",
		"empty rows at the end":      "timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n,\n,,\n",
		"more columns":               "timestamp,value,label\n2024-05-01 12:00:00,1,0\n2024-05-01 12:05:00,2,anomaly\n",
		"another order":              "Value,label,Timestamp\n1,0,2024-05-01 12:00:00\n2,,2024-05-01 12:05:00\n",
		"numbers of rows, as R does": "\"\",\"timestamp\",\"value\"\n\"1\",2024-05-01 12:00:00,1\n\"2\",2024-05-01 12:05:00,2\n",
		"a note of two lines":        "timestamp,note,value\n2024-05-01 12:00:00,\"down,\nagain \"\"today\"\"\",1\n2024-05-01 12:05:00,,2\n",
		"counts as decimals":         "timestamp,value\n2024-05-01 12:00:00,1.0\n2024-05-01 12:05:00,2e0\n",
	} {
		got, _, err := readAll(file, false)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: error %v, rows (-want +got):\n%s", name, err, diff)
		}
	}
}

func TestAnUnknownCountIsEmptyOrAWordOfATool(t *testing.T) {
	for _, word := range []string{"", " ", `""`, "NaN", "nan", "NA", "na", "null", "NULL", `"NA"`} {
		got, _, err := readAll("timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,"+word+"\n", false)
		if want := []string{"2024-05-01 12:00:00 1", "2024-05-01 12:05:00 -"}; err != nil || !cmp.Equal(got, want) {
			t.Errorf("with %q the rows are %q and the error %v, want %q", word, got, err, want)
		}
	}
}

func TestAStepIsWholeMinutesUpToADay(t *testing.T) {
	for _, step := range []time.Duration{time.Minute, 7 * time.Minute, time.Hour, 90 * time.Minute, 12 * time.Hour, 24 * time.Hour} {
		_, in, err := readAll(seriesFile(1, step, 50), false)
		if err != nil || in.Step() != step {
			t.Errorf("a step of %v gives error %v", step, err)
		}
	}
	got, _, err := readAll("timestamp,value\n2024-02-28,1\n2024-02-29,2\n2024-03-01,3\n", false)
	want := []string{"2024-02-28 00:00:00 1", "2024-02-29 00:00:00 2", "2024-03-01 00:00:00 3"}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("dates alone give rows %q and error %v, want %q", got, err, want)
	}
}

func TestGapsAreFilledOnlyWhenAsked(t *testing.T) {
	file := "timestamp,value\n2024-05-01 12:00,1\n2024-05-01 12:10,2\n2024-05-01 12:15,3\n2024-05-01 12:30,4\n"
	if _, _, err := readAll(file, false); err == nil || !strings.Contains(err.Error(), "counts.csv:4: the step is 5m0s, and was 10m0s; are rows missing above? --fill-gaps") {
		t.Errorf("a row that is missing at the start gives error %v, want one with the line and the flag", err)
	}
	got, in, err := readAll(file, true)
	want := []string{
		"2024-05-01 12:00:00 1", "2024-05-01 12:05:00 -", "2024-05-01 12:10:00 2", "2024-05-01 12:15:00 3",
		"2024-05-01 12:20:00 -", "2024-05-01 12:25:00 -", "2024-05-01 12:30:00 4",
	}
	if err != nil || in.Step() != 5*time.Minute || !cmp.Equal(got, want) {
		t.Errorf("filled rows are %q with error %v, want %q", got, err, want)
	}
	whole := seriesFile(3, time.Minute, 300)
	without := strings.Split(whole, "\n")
	without = append(without[:5:5], without[205:]...)
	got, _, err = readAll(strings.Join(without, "\n"), true)
	if err != nil || len(got) != 300 {
		t.Errorf("after a gap of 200 rows there are %d rows and error %v, want 300", len(got), err)
	}
	_, _, err = readAll("timestamp,value\n2024-05-01 12:00,1\n2024-05-01 12:05,2\n2204-05-01 12:10,3\n", true)
	if err == nil || !strings.Contains(err.Error(), "counts.csv:4: 65743 days are missing before this row; is the year right?") {
		t.Errorf("a gap of 180 years gives error %v", err)
	}
}

func TestIrregularFilesAreRefusedWithTheirLine(t *testing.T) {
	const good = "timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n"
	for name, c := range map[string]struct{ file, want string }{
		"empty file":           {"", ":1: the file is empty"},
		"other header":         {"time,value\n", `:1: the first line names the columns ["time" "value"], which lack timestamp`},
		"no header":            {"2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n", "which lack timestamp and value"},
		"two values":           {"timestamp,value,Value\n", `:1: two columns are named "Value"`},
		"semicolons":           {"timestamp;value\n", ":1: columns are separated by semicolons; separate them by commas"},
		"tabs":                 {"timestamp\tvalue\n", ":1: columns are separated by tabs"},
		"UTF-16":               {"\xff\xfet\x00i\x00", ":1: the text is in UTF-16"},
		"no row":               {"timestamp,value\n", ":2: a series has at least two"},
		"one row":              {"timestamp,value\n2024-05-01 12:00:00,1\n", ":3: a series has at least two"},
		"missing row":          {good + "2024-05-01 12:15:00,3\n", ":4: 1 row is missing before this one, the first at 2024-05-01 12:10:00; --fill-gaps"},
		"missing rows":         {good + "2024-05-01 12:20:00,3\n", ":4: 2 rows are missing before this one"},
		"equal times":          {good + "2024-05-01 12:05:00,3\n", ":4: the time is that of the row before"},
		"equal first times":    {"timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:00:00,1\n", ":3: the time is that of the row before"},
		"unordered times":      {good + "2024-05-01 11:00:00,3\n", ":4: the time is before that of the row above"},
		"newest first":         {"timestamp,value\n2024-05-01 12:05:00,1\n2024-05-01 12:00:00,1\n", ":3: the time is before that of the row above; sort the rows by time, oldest first"},
		"another step":         {good + "2024-05-01 12:08:00,3\n", ":4: the step is 3m0s, and was 5m0s"},
		"negative":             {good + "2024-05-01 12:10:00,-3\n", `:4: "-3" is no count`},
		"not a number":         {good + "2024-05-01 12:10:00,many\n", `:4: "many" is no count`},
		"thousands":            {good + "2024-05-01 12:10:00,\"1,234\"\n", `:4: "1,234" is no count`},
		"infinite":             {good + "2024-05-01 12:10:00,Inf\n", `:4: "Inf" is no count`},
		"too large":            {good + "2024-05-01 12:10:00,1e300\n", `:4: "1e300" is no count`},
		"no such day":          {good + "2024-02-30 12:10:00,1\n", `:4: "2024-02-30 12:10:00" is no time`},
		"day before month":     {good + "01/05/2024 12:10,1\n", `:4: "01/05/2024 12:10" is no time`},
		"no such zone":         {good + "2024-05-01T12:10:00+25:00,1\n", `:4: "2024-05-01T12:10:00+25:00" is no time`},
		"zone by name":         {good + "2024-05-01 12:10:00 CEST,1\n", `:4: "2024-05-01 12:10:00 CEST" is no time`},
		"part of a second":     {good + "2024-05-01 12:10:00.5,1\n", `:4: "2024-05-01 12:10:00.5" is no time`},
		"three columns":        {good + "2024-05-01 12:10:00,1,2\n", ":4: the row has 3 columns, the first line 2"},
		"one column":           {good + "2024-05-01 12:10:00\n", ":4: the row has 1 columns, the first line 2"},
		"after an empty line":  {good + "\n2024-05-01 12:10:00\n", ":5: the row has 1 columns"},
		"open quote":           {good + "2024-05-01 12:10:00,\"1\n2024-05-01 12:15:00,1\n", ":4: the quotes are wrong"},
		"quote in a field":     {good + "2024-05-01 12:10:00,1\"\n", ":4: the quotes are wrong"},
		"step of seconds":      {"timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:00:30,1\n", ":3: the step is 30s"},
		"step of two days":     {"timestamp,value\n2024-05-01,1\n2024-05-03,1\n", ":3: the step is 48h0m0s, more than a day"},
		"step of a minute and": {"timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:01:30,1\n", ":3: the step is 1m30s"},
		"a line without end":   {good + strings.Repeat("1", 9000) + "\n", ":4: the line has more than"},
		"a long line later":    {good + "2024-05-01 12:10:00,1\n2024-05-01 12:15:00," + strings.Repeat("1", 5000) + "\n", ":5: the line has more than"},
	} {
		_, _, err := readAll(c.file, false)
		if err == nil || !strings.Contains(err.Error(), "counts.csv:") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestAFailedReadIsReturned(t *testing.T) {
	broken := errors.New("broken")
	file := strings.NewReader("timestamp,value\n2024-05-01 12:00:00,1\n")
	if _, err := NewReader("counts.csv", io.MultiReader(file, iotest.ErrReader(broken))); !errors.Is(err, broken) {
		t.Errorf("error is %v, want that of the reader", err)
	}
}

// BenchmarkRead reports rows per second of reading alone.
func BenchmarkRead(b *testing.B) {
	file := seriesFile(8, time.Minute, 200000)
	for b.Loop() {
		in, err := NewReader("counts.csv", strings.NewReader(file))
		for err == nil {
			_, err = in.Read()
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(200000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
