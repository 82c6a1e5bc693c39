package ingest

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/netip"
	"strconv"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/fault"
	"github.com/outcry/outcry/pkg/incident"
)

// verdicts is a Judge of one verdict on a service and one on a country.
type verdicts struct {
	whole, country detect.Verdict
	aside          int64
}

func (v verdicts) Live(string) incident.Live {
	return incident.Live{Verdict: v.whole, Countries: map[string]detect.Verdict{"BD": v.country}, Aside: v.aside}
}

// withheld is the verdict on many reports from few holders.
var withheld = detect.Verdict{Anomalous: true, Score: 90, Threshold: 12, Reason: detect.Reason{Code: detect.ReasonFewHolders}}

// solved returns the answer to the challenge of err.
func solved(t *testing.T, err error) string {
	t.Helper()
	var asked *ChallengeError
	if !errors.As(err, &asked) || fault.KindOf(err) != fault.Challenged {
		t.Fatalf("Submit = %v, want a challenge", err)
	}
	c := asked.Challenge
	for n := range c.MaxNumber + 1 {
		if sum := sha256.Sum256([]byte(c.Salt + strconv.Itoa(n))); hex.EncodeToString(sum[:]) == c.Challenge {
			b, err := json.Marshal(map[string]any{"algorithm": c.Algorithm, "challenge": c.Challenge, "number": n, "salt": c.Salt, "signature": c.Signature})
			if err != nil {
				t.Fatal(err)
			}
			return base64.StdEncoding.EncodeToString(b)
		}
	}
	t.Fatal("the challenge has no solution")
	return ""
}

func TestUnderAttackAProofIsAskedFor(t *testing.T) {
	store := &recorder{}
	o := testOptions(store)
	o.Judge = verdicts{country: withheld}
	run(t, o, func(t *testing.T, in *Ingester, _ func()) {
		_, err := in.Submit(down, phone)
		with := phone
		with.Proof = solved(t, err)
		if _, err := in.Submit(down, with); err != nil {
			t.Errorf("with a proof: %v", err)
		}
		neighbour := with
		neighbour.Addr = netip.MustParseAddr("203.0.114.7")
		if _, err := in.Submit(down, neighbour); fault.KindOf(err) != fault.Challenged {
			t.Errorf("with the proof of another address: %v, want a challenge", err)
		}
		elsewhere := down
		elsewhere.Service = "telegram"
		if _, err := in.Submit(elsewhere, with); fault.KindOf(err) != fault.Challenged {
			t.Errorf("with the proof for another service: %v, want a challenge", err)
		}
		for name, from := range map[string]Sender{
			"with a key": {Addr: phone.Addr, HasKey: true}, "of a server": {Source: "key:1", Trusted: true, Exempt: true, HasKey: true}, "through a frame": {Addr: phone.Addr, Source: "frames"},
		} {
			if _, err := in.Submit(down, from); err != nil {
				t.Errorf("%s: %v, want no challenge", name, err)
			}
		}
		if s := in.Stats(); s.Submissions.Of(OutcomeChallenged) != 3 {
			t.Errorf("%d were challenged, want 3", s.Submissions.Of(OutcomeChallenged))
		}
		if len(store.reports) != 4 {
			t.Errorf("%d reports are counted, want 4", len(store.reports))
		}
	})
}

func TestUnderAttackAFormShowsItsAge(t *testing.T) {
	o := testOptions(&recorder{})
	o.Judge = verdicts{whole: withheld}
	now := noon
	o.Now = func() time.Time { return now }
	run(t, o, func(t *testing.T, in *Ingester, _ func()) {
		stamp := in.Stamp("whatsapp")
		for _, c := range []struct {
			name string
			form Form
			age  time.Duration
			want bool
		}{
			{"read and pressed", Form{Stamp: stamp}, 5 * time.Second, true},
			{"pressed at once", Form{Stamp: stamp}, time.Second, false},
			{"made before the attack", Form{}, 5 * time.Second, false},
			{"with the trap filled", Form{Stamp: stamp, Trap: "https://example.com"}, 5 * time.Second, false},
		} {
			now = noon.Add(c.age)
			from := phone
			from.Form = &c.form
			_, err := in.Submit(down, from)
			if c.want != (err == nil) || !c.want && fault.KindOf(err) != fault.Challenged {
				t.Errorf("%s: %v, want it counted: %v", c.name, err, c.want)
			}
		}
	})
}

func TestWhatIsSetAsideMayBeAnAttack(t *testing.T) {
	for _, c := range []struct {
		name     string
		aside    int64
		expected float64
		level    detect.Level
		want     bool
	}{
		{"a flood of a small service", 100, 2, detect.OK, true},
		{"a few", 99, 2, detect.OK, false},
		{"a carrier with most of a country", 900, 2_000, detect.OK, false},
		{"beside a warning", 900, 20, detect.Warning, true},
		{"in an outage", 5_000, 20, detect.Outage, false},
	} {
		o := testOptions(&recorder{})
		o.Judge = verdicts{whole: detect.Verdict{Level: c.level, Expected: c.expected, Reason: detect.Reason{Code: detect.ReasonUsual}}, aside: c.aside}
		run(t, o, func(t *testing.T, in *Ingester, _ func()) {
			if _, err := in.Submit(down, phone); c.want != (fault.KindOf(err) == fault.Challenged) {
				t.Errorf("%s: %v, want a challenge: %v", c.name, err, c.want)
			}
		})
	}
}

func TestInQuietTimesNobodyIsAsked(t *testing.T) {
	changed := func(change func(*detect.Verdict)) detect.Verdict {
		v := withheld
		change(&v)
		return v
	}
	for name, v := range map[string]detect.Verdict{
		"no anomaly":             changed(func(v *detect.Verdict) { v.Anomalous = false }),
		"an outage":              changed(func(v *detect.Verdict) { v.Level, v.Reason.Code = detect.Outage, detect.ReasonUnusual }),
		"a warning of many":      changed(func(v *detect.Verdict) { v.Level, v.Reason.Code = detect.Warning, detect.ReasonUnusual }),
		"few reports of a house": changed(func(v *detect.Verdict) { v.Score = 20 }),
		"dismissed":              changed(func(v *detect.Verdict) { v.Reason.Code = detect.ReasonDismissed }),
	} {
		o := testOptions(&recorder{})
		o.Judge = verdicts{whole: v, country: v}
		run(t, o, func(t *testing.T, in *Ingester, _ func()) {
			if _, err := in.Submit(down, phone); err != nil || in.Stamp("whatsapp") != "" {
				t.Errorf("%s: %v and the stamp %q, want neither", name, err, in.Stamp("whatsapp"))
			}
		})
	}
}
