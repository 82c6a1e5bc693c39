package detect

import "time"

// Level is how much trouble the evidence shows.
type Level uint8

// The levels, by increasing trouble. Unknown is no part of the order: it means
// that nobody could count.
const (
	OK Level = iota
	Warning
	Outage
	Unknown
)

// String returns the name of l in the API.
func (l Level) String() string {
	return [...]string{"ok", "warning", "outage", "unknown"}[l]
}

// ReasonCode names the sentence that explains a verdict. Locale files hold the
// sentences.
type ReasonCode string

// All reasons.
const (
	ReasonUsual      ReasonCode = "usual"       // the counts are as expected
	ReasonFewSources ReasonCode = "few_sources" // too high, but from too few networks
	ReasonOneSource  ReasonCode = "one_source"  // too high, but one network or holder has too large a share
	ReasonFewHolders ReasonCode = "few_holders" // too high, but the networks belong to too few holders of addresses
	ReasonNoHistory  ReasonCode = "no_history"  // seemingly too high, but the baseline has too little history
	ReasonBrief      ReasonCode = "brief"       // too high, but not for long enough yet; set by package incident
	ReasonEcho       ReasonCode = "echo"        // too high, but perhaps only because a far larger service is down; set by package incident
	ReasonUnusual    ReasonCode = "unusual"     // too high, from many independent networks
	ReasonEasing     ReasonCode = "easing"      // the counts fall, but are not back at the baseline
	ReasonNotCounted ReasonCode = "not_counted" // nobody could count
	ReasonCommonRise ReasonCode = "common_rise" // no anomaly: no more than comparable cells at this time (Bucket.CommonFactor)

	// Package incident sets these for what an operator decided.
	ReasonByHand    ReasonCode = "by_hand"   // an operator declared it
	ReasonDismissed ReasonCode = "dismissed" // an operator found that there is no trouble
	ReasonMuted     ReasonCode = "muted"     // an operator lets nothing be judged

	// Package status sets these: they compare the window that readers see with its
	// usual range, which a verdict does not.
	ReasonAbove    ReasonCode = "above"    // no trouble, though the window holds more than its usual range
	ReasonEnded    ReasonCode = "ended"    // over, though the window still holds reports from before the end
	ReasonSudden   ReasonCode = "sudden"   // trouble, though the window is not above its usual range yet
	ReasonLocal    ReasonCode = "local"    // trouble of a country, while the service as a whole is in its usual range
	ReasonSettling ReasonCode = "settling" // trouble, though the window is back in its usual range
)

// Reason explains a verdict, in a form that every language can word.
type Reason struct {
	Code ReasonCode
	// Networks is the number of further distinct networks that the next higher
	// level lacks; 0 when it lacks none.
	Networks int
	// Holders is the number of further holders of addresses that it lacks.
	Holders int
	// Share is the share that no network or holder may exceed for the next higher level; 0
	// when none does.
	Share float64
	// Below is the number of reports in the window below which the anomaly begins to
	// end; 0 without an anomaly.
	Below float64
}

// Verdict is the judgement of one cell at one time.
//
// Verdicts are stored under the names of their fields.
type Verdict struct {
	At         time.Time     // end of the buckets that were judged
	Level      Level         // supported by the evidence at this time; package incident waits for it to last
	Score      float64       // evidence in nats
	Threshold  float64       // score at which an anomaly begins
	Window     time.Duration // the window of Observed and Expected
	Observed   int64         // reports in Window, as counted
	Expected   float64       // expected reports in Window
	Networks   int           // distinct networks behind the reports, or behind the excess of an anomaly
	Holders    int           // holders of addresses behind the excess of an anomaly; 0 if they are not known
	Largest    float64       // largest share of those reports that one network holds, in [0, 1]
	Confidence float64       // probability of an outage, in [0, 1]
	Anomalous  bool          // an anomaly has begun and not ended
	Easing     bool          // the anomaly continues, but the counts have clearly fallen
	Onset      time.Time     // start of the first anomalous bucket; zero without an anomaly
	Ended      time.Time     // end of the anomaly that this step ended; zero otherwise
	Reason     Reason
}
