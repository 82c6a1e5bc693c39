package incident

import "time"

// Policy says how patient incidents are.
type Policy struct {
	Hold   time.Duration // how long evidence must support an outage before it is confirmed
	Vanish time.Duration // how long evidence must be away before an incident is over, if no verdict says when it ended
	Reopen time.Duration // how long after its end an incident may go on
	Join   time.Duration // how long a country must be affected before it joins
	Leave  time.Duration // how long it must not be before it leaves
	Spread time.Duration // the shortest time between two changes of the countries

	Together   time.Duration // how far apart the estimates of one common onset may be
	Echo       time.Duration // how long what may be an echo is held at warning
	EchoWithin time.Duration // how long after a far bigger outage rose its echo may begin
	EchoShare  float64       // the excess of an echo is under this share of the other's
	EchoFaint  float64       // a faint echo's is under this share
	EchoRatio  float64       // from this ratio of observed to usual reports on nothing is an echo
}

// Defaults is the policy of the live monitor, which ticks every 10 seconds.
func Defaults() Policy {
	return Policy{
		Hold:   20 * time.Second,
		Vanish: time.Minute,
		Reopen: 30 * time.Minute,
		Join:   time.Minute,
		Leave:  15 * time.Minute,
		Spread: 5 * time.Minute,

		// Onsets are estimated to within five minutes.
		Together: 5 * time.Minute,

		// What is held for 15 minutes errs on the side of silence for a while, so
		// the bounds are generous: a tenth, and a ratio under 3. What is held for
		// longer must be lost beside the other. The echoes of the scenarios are at
		// most twice the usual and under a two hundredth of the outage, and last
		// for up to two hours: a hundredth is well above them.
		Echo:       15 * time.Minute,
		EchoWithin: 30 * time.Minute,
		EchoShare:  0.1,
		EchoFaint:  0.01,
		EchoRatio:  3,
	}
}
