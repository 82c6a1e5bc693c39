// Package notify decides who is told what of an incident, and when.
//
// A Subscription says what somebody wants to be told and through which channel. A
// Message is one thing that a subscription is told about one incident. A Delivery is
// one attempt to bring a message to its receiver; a Channel makes it. Retry and
// Decide hold the rules: how often a delivery is tried, and which changes of an
// incident become a message.
//
// All of it is pure: the package holds no clock and no storage. Package archive
// stores the outbox, and package dispatch runs it. Times are UTC.
package notify
