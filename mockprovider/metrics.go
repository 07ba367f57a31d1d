package mockprovider

import (
	"net/http"

	"github.com/hookrig/hookrig/mockprovider/delivery"
	"github.com/hookrig/hookrig/mockprovider/journal"
	"github.com/hookrig/hookrig/schemas"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what a server does, in a registry of its own.
type metrics struct {
	catalog    *schemas.Catalog
	registry   *prometheus.Registry
	messages   *prometheus.CounterVec
	deliveries *prometheus.CounterVec
	attempts   *prometheus.CounterVec
	duration   prometheus.Histogram
}

func newMetrics(s *Server) *metrics {
	m := &metrics{
		catalog: s.cfg.Catalog, registry: prometheus.NewRegistry(),
		messages:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hookrig_messages_accepted_total", Help: "Messages accepted."}, []string{"event"}),
		deliveries: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hookrig_deliveries_accepted_total", Help: "Deliveries accepted."}, []string{"event"}),
		attempts:   prometheus.NewCounterVec(prometheus.CounterOpts{Name: "hookrig_attempts_total", Help: "Attempts made."}, []string{"outcome"}),
		duration: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "hookrig_attempt_duration_seconds", Help: "Time from sending to the complete answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}}),
	}
	for _, outcome := range delivery.Outcomes() {
		m.attempts.WithLabelValues(outcome) // shown from the start, as zero
	}
	pending := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hookrig_deliveries_pending", Help: "Deliveries waiting or under way."}, func() float64 {
		total := 0
		for _, session := range s.Sessions() {
			total += session.Info().Pending
		}
		return float64(total)
	})
	sessions := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "hookrig_sessions", Help: "Sessions."}, func() float64 { return float64(len(s.Sessions())) })
	m.registry.MustRegister(m.messages, m.deliveries, m.attempts, m.duration, pending, sessions)
	return m
}

func (m *metrics) accepted(a journal.Acceptance) {
	for i := range a.Messages {
		m.messages.WithLabelValues(m.label(a.Messages[i].Event)).Inc()
	}
	for i := range a.Deliveries {
		m.deliveries.WithLabelValues(m.label(a.Deliveries[i].Event)).Inc()
	}
}

// label keeps made-up event names from growing without bound.
func (m *metrics) label(event string) string {
	if m.catalog.Event(event) == nil {
		return "other"
	}
	return event
}

func (m *metrics) attempted(a *journal.Attempt) {
	m.attempts.WithLabelValues(a.Outcome).Inc()
	m.duration.Observe(a.Duration.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}
