package archive_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/incident"
)

func TestLiveIncidentsAreAtMostOneOfAService(t *testing.T) {
	a, err := archive.Open(t.Context(), filepath.Join(t.TempDir(), "outcry.db"), archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	})
	since := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	saved := []incident.Incident{
		{ID: "live", Service: "acme", State: incident.Recovering, Onset: since.Add(-time.Hour)},
		{ID: "before-live", Service: "acme", State: incident.Resolved, Onset: since.Add(-2 * time.Hour), Resolved: since.Add(time.Minute)},
		{ID: "resolved-late", Service: "umbrella", State: incident.Resolved, Onset: since.Add(-time.Hour), Resolved: since.Add(time.Minute)},
		{ID: "resolved-late-too", Service: "umbrella", State: incident.Resolved, Onset: since.Add(-2 * time.Hour), Resolved: since.Add(time.Minute)},
		{ID: "resolved-early", Service: "globex", State: incident.Resolved, Onset: since.Add(-time.Hour), Resolved: since},
	}
	want := []string{"live", "resolved-late"}
	for i := range 120 { // more than a page
		service := fmt.Sprintf("service-%03d", i)
		saved = append(saved, incident.Incident{ID: service, Service: service, State: incident.Confirmed, Onset: since.Add(-48 * time.Hour)})
		want = append(want, service)
	}
	for _, inc := range saved {
		inc.Version = 1
		if _, err := a.SaveIncident(t.Context(), inc, nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	live, err := a.LiveIncidents(t.Context(), since)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, inc := range live {
		got = append(got, inc.ID)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("LiveIncidents(%s) = %q, want %q", since, got, want)
	}
}
