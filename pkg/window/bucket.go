package window

import "time"

// Cell is the finest thing that is counted within a service.
type Cell struct {
	Country string // ISO 3166-1 alpha-2
	Symptom string // ID; empty when the report named none
}

// Count is the number of reports of a cell in a bucket.
type Count struct {
	Cell
	N int64
}

// Bucket is what was counted for one service in one interval of Width.
type Bucket struct {
	Start      time.Time
	Known      bool    // false when nothing could be counted in this minute; counts are then a lower bound
	Problems   []Count // by country and symptom, unordered, without zero counts
	Recoveries []Count // as Problems
	Visits     []Count // by country; Symptom is empty
}
