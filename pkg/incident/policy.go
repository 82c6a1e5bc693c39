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
	EchoMaxShare   float64       // an echo has at most this share of the other's excess
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

		// Echoes between carriers were 1 to 5 % of the outage on 22 February 2024.
		EchoMaxShare: 0.1,
	}
}
