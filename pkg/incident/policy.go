package incident

import "time"

// Policy holds the durations and bounds that incidents follow.
type Policy struct {
	ConfirmAfter   time.Duration // how long evidence must support an outage before it is confirmed
	ResolveAfter   time.Duration // how long evidence must be absent before an incident ends, if no verdict carries the end
	ReopenWithin   time.Duration // how long after its end an incident may reopen
	JoinAfter      time.Duration // how long a country must be affected before it joins
	LeaveAfter     time.Duration // how long a country must not be affected before it leaves
	CountriesEvery time.Duration // shortest time between two changes of the countries

	OnsetTolerance time.Duration // largest difference between two estimates of one common onset
	EchoHold       time.Duration // how long a possible echo is held at warning
	EchoWithin     time.Duration // how long after the rise of the other outage its echo may begin
	EchoMaxShare   float64       // the excess of an echo is below this share of the other's
	EchoFaintShare float64       // the excess of a faint echo is below this share
	EchoMaxRatio   float64       // the ratio of observed to expected reports of an echo is below this
}

// Defaults returns the policy of the live monitor, which ticks every ten seconds.
//
// Longer durations make fewer changes and later news.
func Defaults() Policy {
	return Policy{
		ConfirmAfter:   20 * time.Second,
		ResolveAfter:   time.Minute,
		ReopenWithin:   30 * time.Minute,
		JoinAfter:      time.Minute,
		LeaveAfter:     15 * time.Minute,
		CountriesEvery: 5 * time.Minute,

		// The tests of detect hold the error of an onset to five minutes.
		OnsetTolerance: 5 * time.Minute,

		// A hold of 15 minutes is short, so its bounds are generous: a tenth, and a
		// ratio below 3. A longer hold asks for more. The echoes of the scenarios are
		// at most twice the baseline and below 1/200 of the outage, and last for up to
		// two hours; the bound of a faint echo is twice that share.
		EchoHold:       15 * time.Minute,
		EchoWithin:     30 * time.Minute,
		EchoMaxShare:   0.1,
		EchoFaintShare: 0.01,
		EchoMaxRatio:   3,
	}
}
