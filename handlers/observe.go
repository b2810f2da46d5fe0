package handlers

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

var wellFormedID = regexp.MustCompile(`^[0-9A-Za-z._:-]{1,128}$`)

// identify gives every request an id, and keeps a well-formed one that it came with.
func (a *api) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := c.Request().Header.Get(echo.HeaderXRequestID)
		if !wellFormedID.MatchString(id) {
			id = a.NewID()
		}
		c.Response().Header().Set(echo.HeaderXRequestID, id)
		c.Response().Header().Set(echo.HeaderXContentTypeOptions, "nosniff")
		return next(c)
	}
}

func requestID(c echo.Context) string { return c.Response().Header().Get(echo.HeaderXRequestID) }

// observe counts and logs every request when it has ended. The log has the template of the
// route in place of the path and query, which may hold names.
func (a *api) observe(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		began := a.Now()
		a.metrics.inFlight.Inc()
		defer func() {
			a.metrics.inFlight.Dec()
			a.note(c, a.Now().Sub(began))
		}()
		if err := next(c); err != nil {
			c.Error(err)
		}
		return nil
	}
}

var knownMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

func (a *api) note(c echo.Context, took time.Duration) {
	route, method, status := c.Path(), c.Request().Method, c.Response().Status
	if route == "" {
		route, method = "none", "any"
	}
	if !slices.Contains(knownMethods, method) {
		method = "any" // what may be asked for has no bounds
	}
	a.metrics.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	a.metrics.seconds.WithLabelValues(method, route).Observe(took.Seconds())
	ctx, log := c.Request().Context(), a.Log.Handler()
	if !log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	line := slog.NewRecord(a.Now(), slog.LevelInfo, "request", 0) // without the place in the source, which takes time to find
	line.AddAttrs(slog.String("id", requestID(c)), slog.String("method", method), slog.String("route", route),
		slog.Int("status", status), slog.Duration("took", took), slog.Int64("bytes", c.Response().Size))
	if who, ok := c.Get(contextCaller).(caller); ok {
		line.AddAttrs(slog.String("key", who.Key.LocatorHash[:8]+"…"))
	}
	_ = log.Handle(ctx, line) // as slog does: there is nowhere to say it
}

// recoverPanic turns a panic into a 500, but for the one that cuts the connection.
func (a *api) recoverPanic(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch cause := recover().(type) {
			case nil:
			case error:
				if errors.Is(cause, http.ErrAbortHandler) {
					panic(cause)
				}
				err = fmt.Errorf("panic: %w\n%s", cause, debug.Stack())
			default:
				err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
			}
		}()
		return next(c)
	}
}

// metrics are those of HTTP; the others are handed in.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	page     http.Handler
}

func newMetrics(others []prometheus.Collector) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "sessionhub_http_requests_total", Help: "Requests answered, by route template.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "sessionhub_http_request_seconds", Help: "Time from a request's header to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "sessionhub_http_requests_in_flight", Help: "Requests under way.",
		}),
	}
	registry := prometheus.NewRegistry()
	all := []prometheus.Collector{
		m.requests, m.seconds, m.inFlight, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	}
	for _, c := range append(all, others...) {
		if err := registry.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics: %w", err)
		}
	}
	m.page = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m, nil
}

// serve answers GET /metrics.
func (m *metrics) serve(c echo.Context) error {
	m.page.ServeHTTP(c.Response(), c.Request())
	return nil
}
