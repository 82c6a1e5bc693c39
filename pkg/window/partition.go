package window

import "hash/fnv"

// Partitions is how many parts the services are divided into. It never changes.
// A store that several processes share keeps its state by partition, so that a
// batch of reports of one partition is counted in one step.
const Partitions = 64

// PartitionOf returns the partition of a service, in [0, Partitions).
func PartitionOf(service string) int {
	h := fnv.New64a()
	h.Write([]byte(service)) // a hash.Hash never returns an error
	sum := h.Sum64()
	return int((sum ^ sum>>32) % Partitions)
}
