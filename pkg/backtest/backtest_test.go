package backtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

var monday = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// seriesFile returns a file with an outage at three quarters of its rows and
// unknown values here and there.
func seriesFile(seed uint64, step time.Duration, rows int) string {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	b.WriteString("timestamp,value\n")
	for i := range rows {
		at := monday.Add(time.Duration(i) * step).Format(TimeLayout)
		n := rnd.IntN(4)
		if i >= 3*rows/4 && i < 3*rows/4+20 {
			n += 20 + rnd.IntN(20)
		}
		unknown := rnd.IntN(50) == 0
		fraction := !unknown && rnd.IntN(50) == 0
		switch {
		case unknown:
			fmt.Fprintf(&b, "%s,\n", at)
		case fraction:
			fmt.Fprintf(&b, "%s,%d.5\n", at, n)
		default:
			fmt.Fprintf(&b, "%s,%d\n", at, n)
		}
	}
	return b.String()
}

// runFile returns what Run writes for a file, or its error.
func runFile(file string) (string, Summary, error) {
	in, err := NewReader("counts.csv", strings.NewReader(file))
	if err != nil {
		return "", Summary{}, err
	}
	var out bytes.Buffer
	sum, err := Run(in, &out, nil)
	return out.String(), sum, err
}

func TestTheOutputForAPrefixIsAPrefixOfTheOutput(t *testing.T) {
	for _, step := range []time.Duration{time.Minute, 5 * time.Minute, 7 * time.Minute, time.Hour} {
		file := seriesFile(1, step, 3000)
		whole, sum, err := runFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if sum.Alarms != 1 {
			t.Errorf("%v: %d alarms, want that of the outage alone", step, sum.Alarms)
		}
		lines := strings.SplitAfter(file, "\n")
		for _, n := range []int{3, 4, 60, 1439, 2251, 2270, 3000} {
			part, _, err := runFile(strings.Join(lines[:n], ""))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(whole, part) {
				t.Errorf("%v: the output for %d rows is not a prefix of the output for all", step, n-1)
			}
		}
	}
}

func TestTwoRunsAreEqual(t *testing.T) {
	file := seriesFile(2, time.Minute, 5000)
	a, _, err := runFile(file)
	b, _, _ := runFile(file)
	if err != nil || a != b {
		t.Errorf("two runs differ, error %v", err)
	}
}

func TestTheOutputHasALineForEachRowAndRepeatsIt(t *testing.T) {
	file := seriesFile(3, 5*time.Minute, 500)
	out, sum, err := runFile(file)
	if err != nil {
		t.Fatal(err)
	}
	in, got := strings.Split(file, "\n"), strings.Split(out, "\n")
	if len(in) != len(got) || sum.Rows != 500 {
		t.Fatalf("%d lines and %d rows for %d", len(got), sum.Rows, len(in))
	}
	if got[0] != "timestamp,value,expected,upper,score,alarm" {
		t.Errorf("header %q", got[0])
	}
	for i := 1; i < len(in)-1; i++ {
		if !strings.HasPrefix(got[i], in[i]+",") || strings.Count(got[i], ",") != 5 {
			t.Fatalf("line %d is %q for %q", i+1, got[i], in[i])
		}
	}
}

func TestExplainWordsAlarmsAndMissingEvidence(t *testing.T) {
	in, err := NewReader("counts.csv", strings.NewReader(seriesFile(5, time.Minute, 4000)))
	if err != nil {
		t.Fatal(err)
	}
	explained := explanations{}
	if _, err := Run(in, io.Discard, explained.add); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Alarm, with an onset at 2024-01-03 02:00:00", "normally", "nats; 11.6 begin", "nats are missing", "nobody could count"} {
		if !strings.Contains(explained.text(), want) {
			t.Errorf("no row is explained with %q", want)
		}
	}
}

// brokenPipe is a writer that fails after left bytes.
type brokenPipe struct{ left int }

func (w *brokenPipe) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestAFailedWriteIsReturned(t *testing.T) {
	in, err := NewReader("counts.csv", strings.NewReader(seriesFile(6, time.Minute, 9000)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Run(in, &brokenPipe{left: 70000}, nil); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("error is %v, want that of the writer", err)
	}
}

// FuzzRun runs arbitrary files: each is refused with its line, or answered row by
// row.
func FuzzRun(f *testing.F) {
	f.Add([]byte(seriesFile(7, time.Minute, 20)))
	f.Add([]byte("timestamp,value\n2024-05-01 12:00:00,1e15\n2024-05-01 12:05:00,0.00001\n"))
	f.Add([]byte("timestamp,value\r\n0000-01-01 00:00:00,\r\n0000-01-01 01:00:00,\r\n"))
	f.Fuzz(func(t *testing.T, file []byte) {
		out, sum, err := runFile(string(file))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "counts.csv:") {
				t.Fatalf("refused without a line: %v", err)
			}
			return
		}
		if n := strings.Count(out, "\n"); n != sum.Rows+1 {
			t.Fatalf("%d lines for %d rows", n, sum.Rows)
		}
		if strings.Contains(out, "NaN") || strings.Contains(out, "Inf") {
			t.Fatalf("the output holds NaN or Inf:\n%s", out)
		}
	})
}

// BenchmarkRun reports rows per second over a file of one-minute buckets.
func BenchmarkRun(b *testing.B) {
	file := seriesFile(8, time.Minute, 200000)
	for b.Loop() {
		if _, _, err := runFile(file); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(200000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
