package proof

import (
	"encoding/base64"
	"encoding/json"
	"hash/maphash"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2022, 10, 25, 7, 0, 0, 0, time.UTC)

// keyed returns the MAC of a key.
func keyed() MAC {
	seed := maphash.MakeSeed()
	return func(text string) uint64 { return maphash.String(seed, text) }
}

// solve finds the number of a challenge and returns the answer, changed.
func solve(t *testing.T, c Challenge, change func(*solution)) string {
	t.Helper()
	for n := range c.MaxNumber + 1 {
		if hashOf(c.Salt, n) != c.Challenge {
			continue
		}
		s := solution{c.Algorithm, c.Challenge, n, c.Salt, c.Signature}
		if change != nil {
			change(&s)
		}
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(b)
	}
	t.Fatal("no number solves the challenge")
	return ""
}

func TestASolvedChallengeIsTakenFromItsSenderOnly(t *testing.T) {
	mine, others := keyed(), keyed()
	c, err := New(mine, now)
	if err != nil {
		t.Fatal(err)
	}
	later := now.Add(time.Minute)
	for name, x := range map[string]struct {
		payload string
		at      time.Time
		mac     MAC
		says    string
	}{
		"solved":                  {solve(t, c, nil), later, mine, ""},
		"of another sender":       {solve(t, c, nil), later, others, "another sender"},
		"too old":                 {solve(t, c, nil), now.Add(lifetime), mine, "too old"},
		"with a wrong number":     {solve(t, c, func(s *solution) { s.Number++ }), later, mine, "does not solve"},
		"with another expiry":     {solve(t, c, func(s *solution) { s.Salt = strings.Replace(s.Salt, "expires=1", "expires=2", 1) }), later, mine, "does not solve"},
		"with its own challenge":  {solve(t, c, func(s *solution) { s.Salt, s.Number = "x?expires=9999999999", 1; s.Challenge = hashOf(s.Salt, 1) }), later, mine, "another sender"},
		"with another algorithm":  {solve(t, c, func(s *solution) { s.Algorithm = "SHA-1" }), later, mine, "does not solve"},
		"with a number too large": {solve(t, c, func(s *solution) { s.Number = MaxNumber + 1; s.Challenge = hashOf(s.Salt, s.Number) }), later, mine, "does not solve"},
		"no base64":               {"!", later, mine, "base64"},
		"no JSON":                 {"aaaa", later, mine, "no solved challenge"},
		"without expiry":          {solve(t, c, func(s *solution) { s.Salt = "x" }), later, mine, "too old"},
	} {
		err := Check(x.payload, x.at, x.mac)
		if (err == nil) != (x.says == "") || err != nil && !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: Check = %v, want %q", name, err, x.says)
		}
	}
	if err := Check(solve(t, c, nil), later, others, mine); err != nil {
		t.Errorf("with the key of yesterday beside that of today: %v", err)
	}
}

func TestAStampShowsTheAgeOfAForm(t *testing.T) {
	mac := keyed()
	stamp := Stamp(mac, now)
	for age, want := range map[time.Duration]bool{0: false, time.Second: false, 2 * time.Second: true, 12 * time.Hour: true, 13 * time.Hour: false, -time.Hour: false} {
		if got := CheckStamp(stamp, now.Add(age), mac); got != want {
			t.Errorf("after %s: CheckStamp = %v, want %v", age, got, want)
		}
	}
	for _, wrong := range []string{"", ".", "x.y", "1666681000", stamp + "0", "1" + stamp, strings.Replace(stamp, "1666", "1665", 1)} {
		if CheckStamp(wrong, now.Add(time.Minute), mac) {
			t.Errorf("CheckStamp(%q) = true", wrong)
		}
	}
}
