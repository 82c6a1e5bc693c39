package redisstore

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/outcry/outcry/internal/redistest"
	"github.com/outcry/outcry/pkg/journal"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

// layouts are all layouts.
var layouts = []*layout{
	limitsLayout, sizesLayout, spanLayout, minuteLayout, groupLayout, reportLayout, yesterdayLayout,
	countLayout, idLayout, reporterLayout, outcomeLayout, knownLayout,
	restoreLayout, restoreBucketLayout, restoreKnownLayout, restoreActiveLayout,
}

// sample returns values for the fields of l that differ in every byte, and each
// as a script writes it.
func sample(l *layout) (values []value, want []string) {
	next := byte(200)
	for i, f := range l.fields {
		if f.format == "d" {
			number := 1_772_625_600_123.0
			values, want = append(values, num(math.Float64bits(number))), append(want, strconv.FormatFloat(number, 'f', 0, 64))
			continue
		}
		bytes, number := make([]byte, l.sizes[i]), uint64(0)
		for n := range bytes {
			bytes[n] = next
			number = number<<8 | uint64(next)
			next++
		}
		if f.format[0] == 'c' {
			values, want = append(values, text(bytes)), append(want, string(bytes))
		} else {
			values, want = append(values, num(number)), append(want, strconv.FormatUint(number, 10))
		}
	}
	return values, want
}

func TestScriptsReadWhatGoPacks(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		for _, l := range layouts {
			values, want := sample(l)
			packed := l.append(nil, values...)
			if len(packed) != l.size {
				t.Errorf("%s: a record has %d bytes, want %d", l.name, len(packed), l.size)
			}
			// The script reads the second of two records, and packs it again.
			script := redis.NewScript(joinScript(l.lua()) + fmt.Sprintf(`
				local fields = { struct.unpack(%[1]s, ARGV[1], %[1]s_SIZE + 1) }
				local after = table.remove(fields)
				local answer = { tostring(after), struct.pack(%[1]s, unpack(fields)) }
				for _, v in ipairs(fields) do
					answer[#answer + 1] = type(v) == 'number' and string.format('%%.0f', v) or v
				end
				return answer`, l.name))
			answer, err := script.Run(t.Context(), c.Client, []string{c.Key(0, "layout")}, append(append([]byte{}, packed...), packed...)).StringSlice()
			if err != nil {
				t.Errorf("%s: %v", l.name, err)
				continue
			}
			want = append([]string{strconv.Itoa(2*l.size + 1), string(packed)}, want...)
			if diff := cmp.Diff(want, answer); diff != "" {
				t.Errorf("%s: the script reads and packs (-want +got):\n%s", l.name, diff)
			}
		}
	})
}

func TestNamesInLayoutsAreDistinct(t *testing.T) {
	names := map[string]bool{}
	for _, l := range layouts {
		if names[l.name] {
			t.Errorf("two layouts are called %s", l.name)
		}
		names[l.name] = true
		fields := map[string]bool{}
		for _, f := range l.fields {
			if fields[f.name] || f.meaning == "" {
				t.Errorf("field %s of %s has no name of its own, or no meaning", f.name, l.name)
			}
			fields[f.name] = true
		}
	}
}

func TestAppendPanicsWhereValuesDoNotFit(t *testing.T) {
	for name, values := range map[string][]value{
		"too few values":   {text([]byte("abc"))},
		"too many values":  {text([]byte("abc")), num(1), num(2)},
		"a text too long":  {text([]byte("abcd")), num(1)},
		"a text too short": {text([]byte("ab")), num(1)},
		"no values":        nil,
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("append of %d values to %s does not panic", len(values), countLayout.name)
				}
			}()
			countLayout.append(nil, values...)
		})
	}
}

// TestBothSidesPackBucketsAlike counts in cells whose parts use all their bits,
// which the script packs, and restores the same counts, which Go packs.
func TestBothSidesPackBucketsAlike(t *testing.T) {
	redistest.OnEach(t, func(t *testing.T, connect redistest.Connect) {
		c := connect(t)
		s := New(c, Options{})
		const symptoms = 300 // more than a byte numbers
		var reports []report.Report
		for n := range uint64(symptoms) {
			r := problem(n+1, "acme", noon)
			r.Symptom, r.Country = fmt.Sprintf("symptom-%d", n), []string{"AA", "JV", "JW", "ZZ"}[n%4]
			r.Kind = []report.Kind{report.Problem, report.Recovery, report.Visit}[n%3]
			reports = append(reports, r)
		}
		count(t, s, window.Counted, reports...)
		want, err := s.Buckets(t.Context(), "acme", noon, noon.Add(window.Width))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(want[0].Problems) + len(want[0].Recoveries) + len(want[0].Visits); got != symptoms {
			t.Fatalf("the bucket has %d cells, want %d", got, symptoms)
		}

		// Restored counts are beside those of the script, in a field of their own.
		e, err := s.Epoch(t.Context(), window.PartitionOf("acme"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RestoreBuckets(t.Context(), e, []journal.ServiceBucket{{Service: "acme", Bucket: want[0]}}); err != nil {
			t.Fatal(err)
		}
		minute := byte(number(noon, window.Width) % minutesOfHour)
		key := c.Key(e.Partition, hourSpan(number(noon, window.Width)/minutesOfHour).name)
		counted, err := c.Client.HGet(t.Context(), key, string([]byte{minute})+"acme").Result()
		if err != nil {
			t.Fatal(err)
		}
		restored, err := c.Client.HGet(t.Context(), key, string([]byte{minute + restoredMinute})+"acme").Result()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(recordsOf(counted), recordsOf(restored)); diff != "" {
			t.Errorf("records of the bucket (-packed by the script +packed by Go):\n%s", diff)
		}

		// The answer about a known ID has its cell too.
		for i, o := range s.Count(t.Context(), reports) {
			r := reports[i]
			if r.Kind == report.Visit {
				continue
			}
			if got := (window.Cell{Country: r.Country, Symptom: r.Symptom}); !o.Resent || o.Kind != r.Kind || o.Cell != got {
				t.Fatalf("Count(report %d) again = %+v, want it resent with kind %v and cell %+v", i, o, r.Kind, got)
			}
		}
	})
}

// recordsOf returns the records of a bucket, each with how often it is there.
func recordsOf(bucket string) map[string]int {
	records := map[string]int{}
	for at := 0; at < len(bucket); at += countLayout.size {
		records[fmt.Sprintf("%x", bucket[at:min(at+countLayout.size, len(bucket))])]++
	}
	return records
}

// TestScriptsHaveTheConstantsTheyUse finds names in capitals that nothing
// defines: Lua itself would only notice where it comes across them.
func TestScriptsHaveTheConstantsTheyUse(t *testing.T) {
	for name, source := range map[string]string{
		"count":    joinScript(countHeader(), countFiles...),
		"restore":  joinScript(restoreHeader(), "restore"),
		"restored": joinScript("", "restored"),
	} {
		if !strings.HasPrefix(source, "#!lua\n") {
			t.Errorf("script %s begins with %.10q, want #!lua", name, source)
		}
		defined := map[string]bool{"KEYS": true, "ARGV": true}
		for _, line := range strings.Split(source, "\n") {
			if strings.HasPrefix(line, "#!") {
				continue
			}
			code, _, _ := strings.Cut(line, "--")
			code = quoted.ReplaceAllString(code, "''")
			if names, _, _ := strings.Cut(code, "="); strings.HasPrefix(code, "local ") {
				for _, constant := range constants.FindAllString(names, -1) {
					defined[constant] = true
				}
			}
			for _, constant := range constants.FindAllString(code, -1) {
				if !defined[constant] {
					t.Errorf("script %s uses %s, which is not defined, in %q", name, constant, line)
				}
			}
		}
	}
}

var (
	constants = regexp.MustCompile(`\b[A-Z][A-Z_]+\b`)
	quoted    = regexp.MustCompile(`'[^']*'`)
)
