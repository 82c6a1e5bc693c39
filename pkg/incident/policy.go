package incident

import "time"

// Policy says how patient incidents are.
type Policy struct {
	ConfirmAfter   time.Duration // how long evidence must support an outage before it is confirmed
	ResolveAfter   time.Duration // how long evidence must be away before an incident is over, if no verdict says when it ended
	ReopenWithin   time.Duration // how long after its end an incident may go on
	JoinAfter      time.Duration // how long a country must be affected before it joins
	LeaveAfter     time.Duration // how long it must not be before it leaves
	CountriesEvery time.Duration // the shortest time between two changes of the countries

	OnsetTolerance time.Duration // how far apart the estimates of one common onset may be
	EchoHold       time.Duration // how long what may be an echo is held at warning
	EchoWithin     time.Duration // how long after a far bigger outage rose its echo may begin
	EchoMaxShare   float64       // the excess of an echo is under this share of the other's
	EchoFaintShare float64       // a faint echo's is under this share
	EchoMaxRatio   float64       // from this ratio of observed to usual reports on nothing is an echo
}

// Defaults is the policy of the live monitor, which ticks every 10 seconds.
func Defaults() Policy {
	return Policy{
		ConfirmAfter:   20 * time.Second,
		ResolveAfter:   time.Minute,
		ReopenWithin:   30 * time.Minute,
		JoinAfter:      time.Minute,
		LeaveAfter:     15 * time.Minute,
		CountriesEvery: 5 * time.Minute,

		// Onsets are estimated to within five minutes.
		OnsetTolerance: 5 * time.Minute,

		// What is held for 15 minutes errs on the side of silence for a while, so
		// the bounds are generous: a tenth, and a ratio under 3. What is held for
		// longer must be lost beside the other. The echoes of the scenarios are at
		// most twice the usual and under a two hundredth of the outage, and last
		// for up to two hours: a hundredth is well above them.
		EchoHold:       15 * time.Minute,
		EchoWithin:     30 * time.Minute,
		EchoMaxShare:   0.1,
		EchoFaintShare: 0.01,
		EchoMaxRatio:   3,
	}
}
