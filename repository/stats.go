package repository

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// stats counts what the store does.
type stats struct {
	sealed, opened, unreadable atomic.Int64
	reads, streams, writes     timer
}

// timer adds up how often and how long.
type timer struct{ count, nanoseconds atomic.Int64 }

// took is deferred with the time at which the work began.
func (s *Store) took(t *timer, began time.Time) {
	t.count.Add(1)
	t.nanoseconds.Add(int64(s.now().Sub(began)))
}

// Collectors returns the metrics of the store, for a Prometheus registry.
func (s *Store) Collectors() []prometheus.Collector {
	all := []prometheus.Collector{
		counter("sealed_fields_total", "Fields sealed.", nil, s.stats.sealed.Load),
		counter("opened_fields_total", "Sealed fields opened.", nil, s.stats.opened.Load),
		counter("unreadable_fields_total", "Sealed fields that did not open.", nil, s.stats.unreadable.Load),
		counter("database_commits_total", "Commits to disk, each of one write or of several that came together.", nil, s.commits),
	}
	timers := map[string]*timer{"read": &s.stats.reads, "stream": &s.stats.streams, "write": &s.stats.writes}
	for kind, t := range timers {
		labels := prometheus.Labels{"kind": kind}
		all = append(all,
			counter("database_transactions_total", "Database transactions.", labels, t.count.Load),
			prometheus.NewCounterFunc(prometheus.CounterOpts{
				Name: metricPrefix + "database_seconds_total", ConstLabels: labels,
				Help: "Time in database transactions, waiting for one included; streams wait for their client too.",
			}, func() float64 { return time.Duration(t.nanoseconds.Load()).Seconds() }))
	}
	return append(all, s.poolCollectors()...)
}

// metricPrefix begins the name of every metric of the service.
const metricPrefix = "sessionhub_"

func counter(name, help string, labels prometheus.Labels, value func() int64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Name: metricPrefix + name, Help: help, ConstLabels: labels,
	}, func() float64 { return float64(value()) })
}

func (s *Store) poolCollectors() []prometheus.Collector {
	var all []prometheus.Collector
	for name, pool := range s.pools() {
		all = append(all, collectors.NewDBStatsCollector(pool, name))
	}
	return all
}
