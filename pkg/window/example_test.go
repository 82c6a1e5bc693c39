package window_test

import (
	"fmt"
	"time"

	"github.com/outcry/outcry/pkg/window"
)

// A report that arrives at 12:07:42 is counted in the bucket of 12:07. The
// number of the bucket is what stores and the archive keep.
func ExampleStart() {
	arrived := time.Date(2026, time.March, 4, 12, 7, 42, 0, time.UTC)
	start := window.Start(arrived)
	fmt.Println("the bucket is", start.Format(time.TimeOnly), "to", start.Add(window.Width).Format(time.TimeOnly))

	number := window.MinuteOf(arrived)
	fmt.Println("its number is", number, "and it starts at", number.Start().Format(time.TimeOnly))
	// Output:
	// the bucket is 12:07:00 to 12:08:00
	// its number is 29543767 and it starts at 12:07:00
}

// A window ends with the bucket that contains now. Its first bucket is one
// whole window before the end of that bucket.
func ExampleParse() {
	length, err := window.Parse("5m")
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Date(2026, time.March, 4, 12, 7, 42, 0, time.UTC)
	end := window.Start(now).Add(window.Width)
	for at := end.Add(-length); at.Before(end); at = at.Add(window.Width) {
		fmt.Print(at.Format("15:04 "))
	}
	fmt.Println("make the window", window.Name(length))
	// Output:
	// 12:03 12:04 12:05 12:06 12:07 make the window 5m
}

// A service belongs to one partition for ever. Processes that share a store
// divide the work by partition.
func ExamplePartitionOf() {
	for _, service := range []string{"aws", "facebook", "whatsapp"} {
		fmt.Printf("%s is in partition %d of %d\n", service, window.PartitionOf(service), window.Partitions)
	}
	// Output:
	// aws is in partition 47 of 64
	// facebook is in partition 51 of 64
	// whatsapp is in partition 49 of 64
}

// Four reports of one network weigh three times as much as one report: 1 + log2(4).
func ExampleTally() {
	var tally window.Tally
	slice := window.SliceOf(time.Date(2026, time.March, 4, 12, 7, 42, 0, time.UTC))
	tally.Add(window.Arrival{Slice: slice, Country: "IN", Network: 1, N: 4})
	tally.Add(window.Arrival{Slice: slice, Country: "IN", Network: 2, N: 1})
	tally.Add(window.Arrival{Slice: slice, Country: "BD", Network: 3, N: 1})

	world := tally.Counts().World
	fmt.Println(world.Reports, "reports of", world.Networks, "networks")
	fmt.Printf("evidence %.0f, of which the largest network has %.0f %%\n", world.Discounted, 100*world.Largest)
	// Output:
	// 6 reports of 3 networks
	// evidence 5, of which the largest network has 60 %
}
