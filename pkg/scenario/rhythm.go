package scenario

import "time"

// Rhythm names a curve by which reports rise and fall in local time over a
// quiet week.
type Rhythm string

// All rhythms.
const (
	Social Rhythm = "social" // most in the evening, a little more at weekends
	Work   Rhythm = "work"   // most in office hours, half as much at weekends
	Flat   Rhythm = "flat"   // the same at all hours
)

// pattern is the curve of a rhythm by local hour and by weekday from Sunday.
// Both are relative: Season divides by their means.
type pattern struct {
	hours [24]float64
	days  [7]float64
}

// patterns holds the curve of each rhythm. The values are round figures for the
// shape of human days, not measurements.
var patterns = map[Rhythm]pattern{
	Social: {
		hours: [24]float64{55, 35, 22, 15, 12, 15, 28, 50, 75, 90, 100, 105, 110, 110, 108, 110, 118, 130, 145, 158, 165, 160, 135, 90},
		days:  [7]float64{108, 96, 96, 97, 98, 101, 104},
	},
	Work: {
		hours: [24]float64{30, 22, 18, 16, 18, 25, 45, 85, 140, 180, 190, 185, 160, 170, 180, 175, 160, 130, 100, 85, 75, 65, 52, 40},
		days:  [7]float64{55, 118, 120, 120, 118, 110, 59},
	},
	Flat: {
		hours: [24]float64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1},
		days:  [7]float64{1, 1, 1, 1, 1, 1, 1},
	},
}

// Season returns the factor of a quiet rate at local time t. It is 1 on average
// over a week, and linear between the middles of two hours.
func (r Rhythm) Season(t time.Time) float64 {
	p := patterns[r]
	at := float64(t.Hour()) + float64(t.Minute())/60 - 0.5
	if at < 0 {
		at += 24
	}
	hour := int(at)
	between := at - float64(hour)
	level := p.hours[hour]*(1-between) + p.hours[(hour+1)%24]*between
	return level / mean(p.hours[:]) * p.days[t.Weekday()] / mean(p.days[:])
}

func mean(values []float64) float64 {
	var sum float64
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}
