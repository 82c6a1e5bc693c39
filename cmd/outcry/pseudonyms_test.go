package main

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"testing"
)

// TestRowsOfTwoServicesCannotBeJoined reports two services from the same devices at
// two addresses, and compares what is stored of the senders.
func TestRowsOfTwoServicesCannotBeJoined(t *testing.T) {
	data := t.TempDir()
	s := startServer(t, data, "OUTCRY_TRUSTED_PROXIES=127.0.0.1")
	for _, address := range []string{"81.2.69.142", "2a02:6b8:77:31::142"} {
		for _, device := range []string{"one", "two"} {
			for _, service := range []string{"whatsapp", "telegram"} {
				body := fmt.Sprintf(`{"symptom":"messaging","device":%q}`, device)
				if status, answer := s.post("/api/v1/services/"+service+"/reports", body, "X-Forwarded-For", address); status != http.StatusAccepted {
					t.Fatalf("a report of %s answered %d %s, want 202", service, status, answer)
				}
			}
		}
	}
	s.stop()

	db, err := sql.Open("sqlite", filepath.Join(data, "outcry.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	rows, err := db.QueryContext(t.Context(), `SELECT service, address, device, network FROM reports`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	servicesOf := map[int64]map[int64]bool{} // by pseudonym
	reports := 0
	for rows.Next() {
		var service int64
		var pseudonyms [3]int64
		if err := rows.Scan(&service, &pseudonyms[0], &pseudonyms[1], &pseudonyms[2]); err != nil {
			t.Fatal(err)
		}
		reports++
		for _, p := range pseudonyms {
			if servicesOf[p] == nil {
				servicesOf[p] = map[int64]bool{}
			}
			servicesOf[p][service] = true
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	// For each service: two addresses, four devices, two networks.
	if reports != 8 || len(servicesOf) != 2*(2+4+2) {
		t.Errorf("%d reports have %d pseudonyms of addresses, devices and networks, want 8 and 16", reports, len(servicesOf))
	}
	for p, services := range servicesOf {
		if len(services) != 1 {
			t.Errorf("the pseudonym %d is that of a sender of %d services, want 1", p, len(services))
		}
	}
}
