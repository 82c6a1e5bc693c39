package web

import (
	"net/url"
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/locale"
	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/status"
	"github.com/outcry/outcry/pkg/window"
)

// saidFor is how long the answer to a press of a button is shown: the address
// that holds it may be kept or passed on, and is then an ordinary page.
const saidFor = 2 * time.Minute

// Answers to a press of a button.
const (
	saidCounted = "counted"
	saidRepeat  = "repeat"
	saidLimited = "limited"
	saidWorks   = "works"
	saidBack    = "back"
	saidRetry   = "retry" // with the seconds to wait
	saidWrong   = "wrong"
)

// said is the answer to a press of a button: the page's address carries it, so
// that the page can be loaded again without a second report.
type said struct {
	what    string
	symptom string        // for counted, repeat and limited
	at      time.Time     // when the report was taken
	wait    time.Duration // for retry
}

// readSaid reads the answer from the query of a page. One that is older than
// saidFor says nothing.
func readSaid(q url.Values, now time.Time) said {
	ms, err := strconv.ParseInt(q.Get("at"), 10, 64)
	at := time.UnixMilli(ms)
	if age := now.Sub(at); err != nil || age < -time.Minute || age > saidFor {
		return said{}
	}
	switch what := q.Get("said"); what {
	case saidCounted, saidRepeat, saidLimited, saidWorks, saidBack:
		return said{what: what, symptom: q.Get("symptom"), at: at}
	}
	return said{}
}

// including returns s with the report that a tells of, where s was looked up before
// it was counted.
func (a said) including(s status.Status) status.Status {
	if a.what == saidCounted {
		if s.Read.Before(a.at) {
			s.Observed++
		}
		s.Observed = max(s.Observed, 1)
	}
	return s
}

// query is the answer as the query of an address.
func (a said) query(now time.Time) string {
	q := url.Values{"said": {a.what}, "at": {strconv.FormatInt(now.UnixMilli(), 10)}}
	if a.symptom != "" {
		q.Set("symptom", a.symptom)
	}
	return q.Encode()
}

// answer is what a receipt says to who pressed a button.
func answer(s report.Submission, state string, became window.Status) said {
	if s.Kind == report.Recovery {
		return said{what: state}
	}
	switch became {
	case window.Repeat:
		return said{what: saidRepeat, symptom: s.Symptom}
	case window.Limited:
		return said{what: saidLimited, symptom: s.Symptom}
	}
	return said{what: saidCounted, symptom: s.Symptom}
}

// Said is an answer in words.
type Said struct {
	Parts  []locale.Part
	Queued bool // nothing was counted
}

// words returns the answer in words, counting with the state that was read
// after the report was. It returns nil if there is nothing to say.
func (a said) words(l *locale.Locale, s status.Status, known bool, names labels) *Said {
	symptom := l.InSentence(names.symptom(a.symptom))
	switch a.what {
	case saidCounted:
		return &Said{Parts: locale.Parts(counted(l, s, known, symptom))}
	case saidRepeat:
		return &Said{Parts: locale.Parts(l.Say("said_repeat"))}
	case saidLimited:
		return &Said{Parts: locale.Parts(l.Say("said_limited")), Queued: true}
	case saidWorks:
		return &Said{Parts: locale.Parts(l.Say("said_works"))}
	case saidBack:
		return &Said{Parts: locale.Parts(l.Say("said_back"))}
	case saidRetry:
		return &Said{Parts: locale.Parts(l.Count("said_retry", seconds(a.wait), nil)), Queued: true}
	case saidWrong:
		return &Said{Parts: locale.Parts(l.Say("said_wrong")), Queued: true}
	}
	return nil
}

// counted says with how many others somebody reports.
func counted(l *locale.Locale, s status.Status, known bool, symptom string) string {
	w := locale.Values{"Symptom": symptom, "Window": l.InLast(s.Window)}
	switch others := s.Observed - 1; {
	case !known:
		return l.Fill("said_noted", w)
	case others <= 0:
		return l.Fill("said_first", w)
	default:
		return l.CountRounded("said_counted", others, w)
	}
}

// seconds is a time to wait, rounded up.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
