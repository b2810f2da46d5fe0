package repository_test

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sessionhub/repository"
)

// metrics are the values of all metrics, by name and kind.
func metrics(t *testing.T, s *repository.Store) map[string]float64 {
	t.Helper()
	registry := prometheus.NewRegistry()
	for _, c := range s.Collectors() {
		if err := registry.Register(c); err != nil {
			t.Fatal(err)
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			values[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return values
}

func TestMetricsCountWhatTheStoreDoes(t *testing.T) {
	s, clock, path := newStore(t)
	who := newTenant(t, s, repository.NewTenant{})
	before := metrics(t, s)
	save(t, s, who, "s-1", "[1,2]") // a name and two messages
	ids(t, s, who)
	execute(t, path, "UPDATE sessions SET user_name = 'v1.k1.damaged'")
	_ = s.Sessions.List(t.Context(), who, everySession(), repository.SessionReader{
		Total: func(int64) error { clock.Step(3 * time.Second); return nil },
	})
	after := metrics(t, s)
	for name, want := range map[string]float64{
		"sessionhub_sealed_fields_total": 3, "sessionhub_opened_fields_total": 3, "sessionhub_unreadable_fields_total": 1,
		"sessionhub_database_transactions_total write": 1, "sessionhub_database_commits_total": 1, "sessionhub_database_transactions_total stream": 2,
		"sessionhub_database_seconds_total stream": 3, "sessionhub_database_seconds_total write": 0,
	} {
		if got, there := after[name]; !there || got-before[name] != want {
			t.Errorf("%s grew by %v, want %v", name, got-before[name], want)
		}
	}
	if after["go_sql_max_open_connections write"] != 1 || after["go_sql_max_open_connections read"] < 2 {
		t.Errorf("pools: %v", after)
	}
}
