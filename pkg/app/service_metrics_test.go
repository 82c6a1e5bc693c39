package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/outcry/outcry/pkg/catalog"
	"github.com/outcry/outcry/pkg/config"
	"github.com/outcry/outcry/pkg/detect"
	"github.com/outcry/outcry/pkg/status"
)

// oneStatus has the status of whatsapp, and none of other services.
type oneStatus struct{ snapshot status.Status }

func (o oneStatus) Status(_ context.Context, slug string) (status.Status, error) {
	if slug != o.snapshot.Service {
		return status.Status{}, errors.New("cannot be read")
	}
	return o.snapshot, nil
}

func TestMetricsHaveTheServicesThatAreListed(t *testing.T) {
	for _, simulated := range []bool{false, true} {
		m := newServiceMetrics(&Parts{config: config.Config{MetricsServices: []string{"whatsapp", "telegram"}, Simulated: simulated}, log: slog.New(slog.DiscardHandler)})
		m.board = oneStatus{status.Status{Service: "whatsapp", Level: detect.Outage, Observed: 812, Expected: 21.5, Networks: 77, AsOf: time.Unix(1_600_000_000, 500e6)}}
		registry := prometheus.NewPedanticRegistry()
		registry.MustRegister(m)
		families, err := registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, family := range families {
			for _, metric := range family.GetMetric() {
				line := family.GetName()
				for _, label := range metric.GetLabel() {
					line += " " + label.GetName() + "=" + label.GetValue()
				}
				got = append(got, fmt.Sprint(line, " ", metric.GetGauge().GetValue()))
			}
		}
		mark := ""
		if simulated {
			mark = " simulated=true"
		}
		want := []string{
			"outcry_service_as_of_seconds service=whatsapp" + mark + " 1.6000000005e+09",
			"outcry_service_expected service=whatsapp" + mark + " 21.5",
			"outcry_service_level level=ok service=whatsapp" + mark + " 0",
			"outcry_service_level level=outage service=whatsapp" + mark + " 1",
			"outcry_service_level level=unknown service=whatsapp" + mark + " 0",
			"outcry_service_level level=warning service=whatsapp" + mark + " 0",
			"outcry_service_networks service=whatsapp" + mark + " 77",
			"outcry_service_observed service=whatsapp" + mark + " 812",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the metrics, simulated: %v (-want +got):\n%s", simulated, diff)
		}
	}
	if err := checkMetricsServices(catalog.Default(), []string{"whatsapp", "nosuch"}); err == nil || !strings.Contains(err.Error(), `"nosuch"`) {
		t.Errorf("checkMetricsServices of a service that does not exist = %v, want an error that names it", err)
	}
}
