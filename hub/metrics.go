package hub

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

type metrics struct {
	calls     *prometheus.CounterVec
	seconds   *prometheus.HistogramVec
	refreshes *prometheus.CounterVec
}

func newMetrics() *metrics {
	return &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sessionhub_hub_performs_total", Help: "Functions performed, by what was answered.",
		}, []string{"function", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sessionhub_hub_perform_seconds", Help: "Time to perform a function, the provider's included.",
			Buckets: []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"function"}),
		refreshes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sessionhub_hub_refreshes_total", Help: "Access tokens asked for anew, by outcome: renewed, refused, failed.",
		}, []string{"outcome"}),
	}
}

// note counts one call of a function that exists: what may be asked for has no bounds.
func (m *metrics) note(function, status string, took time.Duration) {
	m.calls.WithLabelValues(function, status).Inc()
	m.seconds.WithLabelValues(function).Observe(took.Seconds())
}

// Collectors returns the metrics of the hub.
func (h *Hub) Collectors() []prometheus.Collector {
	return []prometheus.Collector{h.metrics.calls, h.metrics.seconds, h.metrics.refreshes}
}
