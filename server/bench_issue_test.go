//go:build bench

package main

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// benchIssue: durable issue over HTTP against net/http on a bare group commit. Both
// servers are up and take turns.
func benchIssue(t *testing.T, tb *table) {
	city, err := readDemoCity()
	if err != nil {
		t.Fatal(err)
	}
	for _, clients := range []int{1, 64, 256} {
		ours := startServer(t, benchFolder(t, hue)) // a fresh one, so that lines are not longer than in a hall
		h := startHelper(t, "moiso/internal/journal/boltlog", "BOLTLOG_BARE_SERVER", "1")
		answer, record := sampleIssue(t, ours, string(city.Centers[0].ID), string(city.Services[0].ID))
		h.ask("value " + record)
		h.ask("reply " + answer)
		bare := &target{addr: h.addr, head: ours.head, pid: h.pid}
		issue := func(w *wire, r *rand.Rand) (time.Duration, error) {
			start := time.Now()
			err := w.issue(string(city.Centers[r.IntN(len(city.Centers))].ID), string(city.Services[r.IntN(len(city.Services))].ID), benchID(r))
			return time.Since(start), err
		}
		var rates, bareRates []float64
		var lat, bareLat []time.Duration
		var spent, bareSpent time.Duration // of the processor, by the servers
		for i := range 1 + pick(3, 5) {
			from := cpu(t, bare.pid)
			a := driveFor(t, bare, clients, pick(time.Second, 2*time.Second), issue)
			middle := cpu(t, ours.pid)
			b := driveFor(t, ours, clients, pick(time.Second, 2*time.Second), issue)
			aCPU, bCPU := cpu(t, bare.pid)-from, cpu(t, ours.pid)-middle
			if i == 0 {
				continue // warms up
			}
			rates, bareRates = append(rates, b.rate()), append(bareRates, a.rate())
			spent, bareSpent = spent+bCPU, bareSpent+aCPU
			lat, bareLat = append(lat, b.each...), append(bareLat, a.each...)
		}
		ratios := make([]float64, len(rates))
		for i := range rates {
			ratios[i] = rates[i] / bareRates[i]
		}
		ratio := middle(ratios)
		tb.add(row{measure: fmt.Sprintf("issue over HTTP, %d clients", clients),
			ours:     shown(rates, lat, spent),
			baseline: shown(bareRates, bareLat, bareSpent),
			ratio:    ratio, goal: "≥ 0.50 x the rate", met: ratio >= 0.5})
		ours.stop()
		h.stop()
	}
}

func shown(rates []float64, lat []time.Duration, spent time.Duration) string {
	return fmt.Sprintf("%.0f/s, %s, CPU %d µs each", middle(rates), p50p99(lat), (spent / time.Duration(len(lat))).Microseconds())
}

// benchCenters: what the number of centres does to the latency of an issue, at a
// thousand issues a second, which is more than a country's, and when clients ask as
// fast as they are answered, so that what counts is the time of the processor.
func benchCenters(t *testing.T, tb *table) {
	counts := []int{1, 40, 3321}
	targets := make([]*target, len(counts))
	for i, n := range counts {
		targets[i] = startServer(t, benchFolder(t, alike(n)))
		defer targets[i].stop()
	}
	const clients = 64
	for _, load := range []struct {
		name  string
		every time.Duration // between the requests of one client
		turn  time.Duration
	}{
		{"1,000 issues/s", clients * time.Millisecond, pick(time.Second, 3*time.Second)},
		{fmt.Sprint(clients, " clients that never rest"), 0, pick(500*time.Millisecond, time.Second)},
	} {
		each := make([][]time.Duration, len(counts))
		p50s := make([][]time.Duration, len(counts))
		for round := range 1 + pick(3, 9) {
			for i, n := range counts {
				l := driveFor(t, targets[i], clients, load.turn, func(w *wire, r *rand.Rand) (time.Duration, error) {
					return issueAndCancel(t, w, r, n, load.every)
				})
				if round > 0 {
					each[i], p50s[i] = append(each[i], l.each...), append(p50s[i], at(l.each, 0.5))
				}
			}
		}
		for i, n := range counts[1:] {
			ratios := make([]float64, len(p50s[0]))
			for k := range ratios {
				ratios[k] = float64(p50s[i+1][k]) / float64(p50s[0][k])
			}
			tb.add(row{measure: fmt.Sprintf("issue latency, %d centres, %s", n, load.name), ours: p50p99(each[i+1]), baseline: p50p99(each[0]) + " (1 centre)",
				ratio: middle(ratios), goal: "≤ 1.10 x", met: middle(ratios) <= 1.1})
		}
	}
}

// issueAndCancel issues a ticket at one of n centres and gives its latency. Outside of
// the measured time the ticket is cancelled, so that the lines of one centre are not
// longer than those of many, and the client rests until about every has gone by.
func issueAndCancel(t *testing.T, w *wire, r *rand.Rand, n int, every time.Duration) (time.Duration, error) {
	id := benchID(r)
	start := time.Now()
	if err := w.issue(string(alikeID(r.IntN(n))), fmt.Sprint("s", r.IntN(4)), id); err != nil {
		return 0, err
	}
	took := time.Since(start)
	status, _, err := w.post("/api/v1/tickets/"+id+"/cancel", "{}")
	if err == nil && status != 200 {
		err = fmt.Errorf("cancel: %d", status)
	}
	if rest := every - time.Since(start); rest > 0 {
		pause(t, rest/2+time.Duration(r.Int64N(int64(rest)))) // no two clients in step
	}
	return took, err
}
