package window

import "hash/fnv"

// Partitions is how many parts the services are divided into, for ever. What a
// store shares between processes it keeps by partition, so that all of a
// partition can be counted in one step.
const Partitions = 64

// PartitionOf returns the partition of a service, in [0, Partitions).
func PartitionOf(service string) int {
	h := fnv.New64a()
	h.Write([]byte(service)) // never fails, by its contract
	sum := h.Sum64()
	return int((sum ^ sum>>32) % Partitions)
}
