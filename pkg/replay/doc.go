// Package replay drives an Outcry through the submissions of a scenario. It has
// three ways to do so:
//
//   - Simulate uses a virtual clock and a temporary folder, as fast as it goes,
//     and returns what was detected.
//   - A Player sends the scenario to a running server over the API, at a
//     multiple of its real speed.
//   - Flood counts a day of many reports in the distributed mode without a
//     detector, and compares the memory of Redis with its model.
//
// It measures and judges nothing itself: package scenario compares the results
// with what was printed about the outage.
package replay
