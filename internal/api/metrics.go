package api

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// Metrics are the figures of /metrics. Main makes them before the journal, so that
// the journal's observer can be theirs.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	latency  *prometheus.HistogramVec
	commands *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	appends  prometheus.Counter
	bytes    prometheus.Counter
	batch    prometheus.Histogram
	append   prometheus.Histogram
}

// Latencies from 0.1 ms, a commit on a good disk, to 3 s, where people give up.
var seconds = []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 3}

// NewMetrics registers the figures; a nil registry makes one of its own.
func NewMetrics(registry *prometheus.Registry) *Metrics {
	if registry == nil {
		registry = prometheus.NewRegistry()
		registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	m := &Metrics{
		registry: registry,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "moiso_http_requests_total", Help: "Requests answered, by route and status."},
			[]string{"method", "route", "status"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "moiso_http_request_seconds", Help: "From the request's arrival to its answer.", Buckets: seconds},
			[]string{"method", "route"}),
		commands: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "moiso_command_seconds", Help: "Commands carried out durably (issue, call-next, …), in the engine.", Buckets: seconds},
			[]string{"verb"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "moiso_refusals_total", Help: "Refusals, by code."}, []string{"code"}),
		appends: prometheus.NewCounter(prometheus.CounterOpts{Name: "moiso_appends_total", Help: "Appends made durable; several share a commit."}),
		bytes:   prometheus.NewCounter(prometheus.CounterOpts{Name: "moiso_append_bytes_total", Help: "Bytes of records made durable."}),
		batch: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "moiso_append_records", Help: "Records in one durable commit of the journal.",
			Buckets: prometheus.ExponentialBuckets(1, 2, 12)}),
		append: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "moiso_append_seconds", Help: "One durable commit of the journal.", Buckets: seconds}),
	}
	registry.MustRegister(m.requests, m.latency, m.commands, m.refused, m.appends, m.bytes, m.batch, m.append)
	return m
}

// ObserveAppend is for the journal: what one durable commit held and how long it took.
func (m *Metrics) ObserveAppend(appends, records, bytes int, took time.Duration) {
	m.appends.Add(float64(appends))
	m.bytes.Add(float64(bytes))
	m.batch.Observe(float64(records))
	m.append.Observe(took.Seconds())
}

func (m *Metrics) request(rq *request, status int, took time.Duration) {
	method := rq.method
	if rq.route == "" && status != 101 {
		method = "other" // nobody may fill the registry with invented methods
	}
	if status == 0 {
		status = 101 // a socket took the connection over
	}
	m.requests.WithLabelValues(method, rq.route, strconv.Itoa(status)).Inc()
	m.latency.WithLabelValues(method, rq.route).Observe(took.Seconds())
	if rq.problem != nil {
		m.refused.WithLabelValues(rq.problem.Code).Inc()
	}
}

// command measures what the engine carried out. Refusals are quick and would only
// make the figures look better.
func (m *Metrics) command(verb string, err error, took time.Duration) {
	if err == nil {
		m.commands.WithLabelValues(verb).Observe(took.Seconds())
	}
}

// observe adds what is read when the metrics are asked for.
func (m *Metrics) observe(a *API) error {
	build := prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "moiso_build_info", Help: "The running program.",
		ConstLabels: prometheus.Labels{"version": a.o.Version}}, func() float64 { return 1 })
	for _, c := range []prometheus.Collector{build, hall{a}, devicesFigures{a}} {
		if err := m.registry.Register(c); err != nil {
			return fmt.Errorf("api: metrics: %w", err)
		}
	}
	return nil
}

// hall reads the hub's and the engine's figures.
type hall struct{ a *API }

var (
	socketsOpen    = prometheus.NewDesc("moiso_sockets", "Open sockets, by view.", []string{"view"}, nil)
	socketsOpened  = prometheus.NewDesc("moiso_sockets_opened_total", "Sockets opened.", nil, nil)
	socketsRefused = prometheus.NewDesc("moiso_sockets_refused_total", "Requests that got no socket.", nil, nil)
	docsSent       = prometheus.NewDesc("moiso_documents_sent_total", "Documents handed to sockets.", nil, nil)
	docsSkipped    = prometheus.NewDesc("moiso_documents_skipped_total", "Documents that slow sockets were spared.", nil, nil)
	waiting        = prometheus.NewDesc("moiso_waiting", "People waiting, by centre and service; centres where nobody waits are left out.", []string{"center", "service"}, nil)
	openCounters   = prometheus.NewDesc("moiso_open_counters", "Open counters, by centre.", []string{"center"}, nil)
	clockHeld      = prometheus.NewDesc("moiso_clock_held", "1 while nothing is recorded because the clock jumped.", nil, nil)
)

func (hall) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{socketsOpen, socketsOpened, socketsRefused, docsSent, docsSkipped, waiting, openCounters, clockHeld} {
		out <- d
	}
}

func (h hall) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v uint64) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	stats := h.a.hub.Stats()
	for name, n := range stats.Open {
		gauge(socketsOpen, float64(n), name)
	}
	count(socketsOpened, stats.Opened)
	count(socketsRefused, stats.Refused)
	count(docsSent, stats.Sent)
	count(docsSkipped, stats.Skipped)
	held := 0.0
	if h.a.engine.Clock().Held {
		held = 1
	}
	gauge(clockHeld, held)
	if err := h.lines(gauge); err != nil {
		out <- prometheus.NewInvalidMetric(waiting, err)
	}
}

// lines asks only the centres in which somebody waits: the others may not be in
// memory, and a scrape must not bring them there.
func (h hall) lines(gauge func(*prometheus.Desc, float64, ...string)) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	list, err := h.a.engine.Centers(ctx)
	if err != nil {
		return fmt.Errorf("the centres: %w", err)
	}
	var errs []error
	for _, c := range list {
		gauge(openCounters, float64(c.OpenCounters), c.ID)
		if c.Waiting == 0 {
			continue
		}
		counts := map[string]int{}
		err := h.a.engine.View(ctx, queue.CenterID(c.ID), func(s *queue.State, _ view.Stamp) error {
			for _, l := range s.Lines {
				if !l.Removed {
					counts[string(l.ID)] = len(l.Waiting)
				}
			}
			return nil
		})
		errs = append(errs, err)
		for service, n := range counts {
			gauge(waiting, float64(n), c.ID, service)
		}
	}
	return errors.Join(errs...)
}
