package scenario_test

import (
	"fmt"
	"log"

	"github.com/outcry/outcry/pkg/scenario"
)

// A scenario names its services with their roles, and the figures that the
// press printed. Replayed figures have a window that ends at AsOf.
func Example() {
	s, err := scenario.Load("whatsapp-2022-10-25")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d minutes, expect %s\n", s.Title, s.Minutes(), s.Expect)
	for _, sv := range s.Services[:3] {
		fmt.Printf("%s: %s, %d countries\n", sv.Slug, sv.Role, len(sv.Quiet))
	}
	for _, f := range s.Press {
		if f.Symptom == "" && f.Country == "IN" {
			fmt.Printf("%s: %.0f reports in %s until %s\n", f.What, f.Printed, f.Window, f.AsOf.Format("15:04"))
		}
	}
	// Output:
	// WhatsApp, 25 October 2022: 540 minutes, expect declared
	// whatsapp: story, 14 countries
	// tim-it: echo, 1 countries
	// vodafone-it: echo, 1 countries
	// India: 11000 reports in 15m0s until 07:50
	// India, in all: 29000 reports in 6h0m0s until 10:00
}
