package detect

import "time"

// Level says how much trouble the evidence shows.
type Level uint8

// The levels in order of trouble. Unknown stands apart: nobody could count.
const (
	OK Level = iota
	Warning
	Outage
	Unknown
)

// String returns the name of l as it is written in the API.
func (l Level) String() string {
	return [...]string{"ok", "warning", "outage", "unknown"}[l]
}

// Code names the sentence that explains a verdict. Locale files word it.
type ReasonCode string

const (
	ReasonUsual      ReasonCode = "usual"       // the counts are what they usually are
	ReasonFewSources ReasonCode = "few_sources" // the counts are too high, but too few networks say so
	ReasonOneSource  ReasonCode = "one_source"  // the counts are too high, but one network holds too much of them
	ReasonNoHistory  ReasonCode = "no_history"  // the counts look too high, but nothing is known yet of what is usual
	ReasonBrief      ReasonCode = "brief"       // too high, but not for long enough yet
	ReasonEcho       ReasonCode = "echo"        // too high, but perhaps only because something far bigger is down
	ReasonUnusual    ReasonCode = "unusual"     // the counts are too high, and many independent networks say so
	ReasonEasing     ReasonCode = "easing"      // the counts fall, but are not usual yet
	ReasonNotCounted ReasonCode = "not_counted" // nobody could count
)

// Reason is why a verdict is what it is, in a form that any language can word.
type Reason struct {
	Code ReasonCode
	// Networks and Share are what the next level up still lacks: so many
	// distinct networks, or no network above this share. Zero asks for nothing.
	Networks int
	Share    float64
	// Below is the count per window under which the anomaly ends; 0 while there
	// is none.
	Below float64
}

// Verdict is the judgement of one cell at one time.
type Verdict struct {
	At         time.Time     // the end of what was judged
	Level      Level         // what the evidence of this moment supports; persistence is the incident's matter
	Score      float64       // nats: how improbable the counts are if nothing is wrong
	Threshold  float64       // the score at which an anomaly begins
	Window     time.Duration // the window that gave the score
	Observed   int64         // reports in Window, as counted
	Expected   float64       // reports usual in Window at this hour
	Networks   int           // distinct networks behind the evidence
	Largest    float64       // largest share of the evidence that one network holds
	Confidence float64       // probability that something is wrong, in [0, 1]
	Anomalous  bool          // an anomaly has begun and not ended
	Easing     bool          // the anomaly goes on, but the counts have clearly fallen
	Onset      time.Time     // start of the first anomalous bucket; zero without anomaly
	Ended      time.Time     // when the anomaly that this step ended was over; zero otherwise
	Reason     Reason
}
