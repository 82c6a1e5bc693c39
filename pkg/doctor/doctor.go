// Package doctor looks for what is wrong with an installation: its settings, its
// stores, its disk and its surroundings. It changes nothing, and works beside a
// running server. Each check is a function of the settings and of a World, from which
// it learns what is outside of the program.
package doctor

import (
	"context"
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/redisconn"
)

// Level says how bad a finding is.
type Level string

// The levels.
const (
	OK      Level = "ok"
	Warning Level = "warning" // it works, and something can go wrong
	Fault   Level = "fault"   // it does not work, or loses or reveals something
)

// Finding is what a check found.
type Finding struct {
	Check string `json:"check"` // what was checked
	Level Level  `json:"level"`
	Found string `json:"found"`
	Do    string `json:"do,omitempty"` // what to do about it; empty if nothing
}

// World is what checks learn about from outside of the program.
type World struct {
	Environ []string // in the form of os.Environ
	Now     func() time.Time
	// Redis, Postgres and File return what stores say of themselves.
	Redis    func(ctx context.Context, url string, cluster bool) ([]redisconn.Facts, error)
	Postgres func(ctx context.Context, url string) (archive.PostgresFacts, error)
	File     func(ctx context.Context, filename string) (archive.FileFacts, error)
	// Folder describes the data folder.
	Folder func(dir string) (Folder, error)
	// Listen returns an error if nothing can listen on an address.
	Listen func(address string) error
	// Answers reports whether an Outcry answers at an address to listen on.
	Answers func(ctx context.Context, address string) bool
	// Dial returns an error if a server cannot be reached.
	Dial func(ctx context.Context, address string) error
	// FileLimit returns how many files the process may open.
	FileLimit func() (uint64, error)
}

// exam is one run of all checks.
type exam struct {
	World
	config   config.Config
	errs     []error // of the settings
	findings []Finding
}

// timeout bounds one check, for stores that do not answer.
const timeout = 40 * time.Second

// Examine runs all checks and returns what they found, in a fixed order.
func Examine(ctx context.Context, w World) []Finding {
	e := &exam{World: w}
	e.config, e.errs = config.Read(w.Environ)
	for _, check := range []func(context.Context){
		e.checkSettings, e.checkAddresses, e.checkProxies, e.checkFolder, e.checkFile, e.checkRedis, e.checkPostgres, e.checkSecret,
		e.checkCatalog, e.checkDatabases, e.checkMail, e.checkFileLimit,
	} {
		limited, cancel := context.WithTimeout(ctx, timeout)
		check(limited)
		cancel()
	}
	return e.findings
}

// Faults returns the number of findings that are faults.
func Faults(findings []Finding) (n int) {
	for _, f := range findings {
		if f.Level == Fault {
			n++
		}
	}
	return n
}

// ok adds that a check found nothing wrong.
func (e *exam) ok(check, format string, args ...any) {
	e.findings = append(e.findings, Finding{check, OK, fmt.Sprintf(format, args...), ""})
}

// warn adds something that can go wrong, with what to do about it.
func (e *exam) warn(check, found, do string) {
	e.findings = append(e.findings, Finding{check, Warning, found, do})
}

// fault adds something that is wrong, with what to do about it.
func (e *exam) fault(check, found, do string) {
	e.findings = append(e.findings, Finding{check, Fault, found, do})
}

// sound adds the finding unless the check has found something else since it began
// with so many findings.
func (e *exam) sound(before int, check, format string, args ...any) {
	if len(e.findings) == before {
		e.ok(check, format, args...)
	}
}
