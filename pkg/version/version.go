// Package version says which build of Outcry this is: its version, the commit
// it was built from, the time of that commit, and the Go release that built it.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"
)

// Number is the version that this source code is, or is becoming, without a
// leading "v". CHANGELOG.md has a section of the same name.
const Number = "0.2.0-dev"

// The linker sets these in builds by scripts/build and the Dockerfile, where Go
// itself cannot see the repository:
//
//	-ldflags "-X github.com/outcry/outcry/pkg/version.commit=… -X github.com/outcry/outcry/pkg/version.date=…"
var (
	commit string // the full hash, with "-dirty" behind it after local changes
	date   string // of the commit, RFC 3339
)

// Build describes one build of the program.
type Build struct {
	Version string // such as "0.2.0"
	Commit  string // the hash, or "unknown"
	Date    string // of the commit, RFC 3339 in UTC, or "unknown"
	Go      string // such as "go1.26.0"
}

// Current returns the build of the running program. What the linker did not set
// comes from what Go recorded about the repository.
func Current() Build {
	b := Build{Version: Number, Commit: commit, Date: date, Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.complete(info.Settings)
	}
	if b.Commit == "" {
		b.Commit = "unknown"
	}
	if t, err := time.Parse(time.RFC3339, b.Date); err == nil {
		b.Date = t.UTC().Format(time.RFC3339)
	} else {
		b.Date = "unknown"
	}
	return b
}

// complete fills in the commit and its date from Go's own record, if they are
// missing.
func (b *Build) complete(settings []debug.BuildSetting) {
	recorded := map[string]string{}
	for _, s := range settings {
		recorded[s.Key] = s.Value
	}
	if b.Commit == "" && recorded["vcs.revision"] != "" {
		b.Commit = recorded["vcs.revision"]
		if recorded["vcs.modified"] == "true" {
			b.Commit += "-dirty"
		}
	}
	if b.Date == "" {
		b.Date = recorded["vcs.time"]
	}
}

// String returns the build in one line.
func (b Build) String() string {
	return fmt.Sprintf("outcry %s (commit %s, %s, %s)", b.Version, b.Commit, b.Date, b.Go)
}
