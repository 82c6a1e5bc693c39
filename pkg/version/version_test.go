package version

import (
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

func TestGoRecordsFillInWhatTheLinkerDidNotSet(t *testing.T) {
	settings := []debug.BuildSetting{
		{Key: "vcs.revision", Value: "abc"}, {Key: "vcs.modified", Value: "true"}, {Key: "vcs.time", Value: "2026-11-30T01:02:03Z"},
	}
	for _, test := range []struct {
		name      string
		given     Build
		want      Build
		withoutGo bool
	}{
		{"nothing set", Build{}, Build{Commit: "abc-dirty", Date: "2026-11-30T01:02:03Z"}, false},
		{"all set", Build{Commit: "def", Date: "2026-01-01T00:00:00Z"}, Build{Commit: "def", Date: "2026-01-01T00:00:00Z"}, false},
		{"nothing known", Build{}, Build{}, true},
	} {
		got, records := test.given, settings
		if test.withoutGo {
			records = nil
		}
		got.complete(records)
		if got != test.want {
			t.Errorf("%s: complete gives %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestABuildIsDescribedInFull(t *testing.T) {
	b := Current()
	if b.Version != Number || b.Commit == "" || b.Date == "" || !strings.HasPrefix(b.Go, "go") {
		t.Errorf("Current() = %+v, want the version %s and no empty field", b, Number)
	}
	if s := b.String(); !strings.Contains(s, b.Version) || !strings.Contains(s, b.Commit) || !strings.Contains(s, b.Go) {
		t.Errorf("String() = %q, want version, commit and Go release in it", s)
	}
}

func TestTheChangelogHasASectionForThisVersion(t *testing.T) {
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	want := "## [" + Number + "]"
	if strings.HasSuffix(Number, "-dev") {
		want = "## [Unreleased]"
	}
	if !strings.Contains(string(changelog), want) {
		t.Errorf("CHANGELOG.md has no section %q for version %s", want, Number)
	}
}
