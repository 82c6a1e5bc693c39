// Package incident turns verdicts into incidents.
//
// An incident is one stretch of trouble of one service. It is suspected when the
// evidence first supports a warning, confirmed when the evidence has supported
// an outage for a while, recovering when the counts fall, and resolved when they
// are back at the baseline. One that recurs soon after its end is reopened.
//
// The input of Apply is the present incident and a Judgement: the verdicts of a
// service, its countries and its symptoms at one tick. The output is the next
// incident and the entries of the timeline for what changed. Relate compares the
// services in trouble at one tick: which belong to one event, and which may only
// be the echo of a far larger outage. Attribute names the countries or symptoms
// that explain an excess.
//
// The package is a pure function of its arguments. It holds no clock, reads no
// store and sends nothing. It does not decide whether counts are unusual; package
// detect does. Counts are reports, scores are in nats, and times are UTC.
package incident
