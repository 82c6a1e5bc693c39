package window

import (
	"strconv"
	"time"

	"github.com/outcry/outcry/pkg/fault"
)

// Offered are the windows that readers may ask for.
var Offered = []time.Duration{5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// Default is the window of a reader that asks for none.
const Default = 15 * time.Minute

// Parse returns the offered window of a name such as "15m". An empty name
// stands for Default. The error of any other name is a *fault.Error of kind
// fault.Invalid.
func Parse(name string) (time.Duration, error) {
	if name == "" {
		return Default, nil
	}
	for _, w := range Offered {
		if Name(w) == name {
			return w, nil
		}
	}
	return 0, fault.Field("window", "must be one of 5m, 15m, 30m, 1h, 6h, 24h")
}

// Name returns the name of a window: "15m", "6h".
func Name(w time.Duration) string {
	if w%time.Hour == 0 {
		return strconv.Itoa(int(w/time.Hour)) + "h"
	}
	return strconv.Itoa(int(w/time.Minute)) + "m"
}
