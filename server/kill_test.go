package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// killRounds is how often the power is cut; the soak form (MOISO_SOAK=1) cuts more often.
func killRounds() int {
	switch {
	case testing.Short():
		return 10
	case os.Getenv("MOISO_SOAK") != "":
		return 1000
	}
	return 200
}

// promise is a request and what the client knows of it.
type promise struct {
	path, key string
	body      any
}

// killWorker is one counter and one door of a centre. It keeps every answer it got.
type killWorker struct {
	center  string
	counter int
	rng     *rand.Rand
	holding bool
	n       int
	pending *promise          // sent, and the answer was lost
	issued  map[string]string // ticket id → day and number
	calls   map[uint64]string // call number → ticket id
}

// step sends one request, or repeats the one whose answer was lost.
func (w *killWorker) step(c *caller) error {
	p := w.pending
	if p == nil {
		w.n++
		p = &promise{key: fmt.Sprintf("%s-%d-%d", w.center, w.counter, w.n)}
		base := fmt.Sprintf("/api/v1/centers/%s/counters/%d/", w.center, w.counter)
		switch {
		case w.rng.IntN(3) > 0:
			p.path = "/api/v1/centers/" + w.center + "/tickets"
			p.body = map[string]string{"service": "chung-thuc"}
		case w.holding && w.rng.IntN(2) == 0:
			p.path, p.body = base+"finish", map[string]string{}
		default:
			p.path, p.body = base+"call-next", map[string]bool{"finish": w.holding}
		}
		w.pending = p
	}
	var t view.Ticket
	status, err := c.post(p.path, p.body, p.key, &t)
	if err != nil {
		return err
	}
	w.pending = nil
	switch {
	case strings.HasSuffix(p.path, "/tickets"):
		if was, ok := w.issued[t.ID]; ok {
			return fmt.Errorf("two requests were given one ticket: %s (%s)", t.ID, was)
		}
		w.issued[t.ID] = t.Day + " " + t.Number
	case strings.HasSuffix(p.path, "/finish"):
		w.holding = false
	case status == 204:
		w.holding = false
	default:
		if was, ok := w.calls[t.Call]; ok {
			return fmt.Errorf("call %d was answered twice, for %s and %s", t.Call, was, t.ID)
		}
		w.calls[t.Call] = t.ID
		w.holding = true
	}
	return nil
}

// TestNothingAcknowledgedIsLostAndNothingIsRepeatedWhenThePowerIsCut kills the real
// server at random moments under load, starts it again and asks it for everything
// it had acknowledged. Requests whose answer was lost are repeated with their key.
func TestNothingAcknowledgedIsLostAndNothingIsRepeatedWhenThePowerIsCut(t *testing.T) {
	t.Parallel()
	rounds := killRounds()
	dir := t.TempDir() + "/data"
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	var workers []*killWorker
	for i, center := range []string{"thuan-hoa", "thuan-hoa", "thuan-hoa", "phu-xuan", "phu-xuan", "vy-da"} {
		workers = append(workers, &killWorker{center: center, counter: i%3 + 1, rng: rand.New(rand.NewPCG(seed, uint64(i+2))),
			issued: map[string]string{}, calls: map[uint64]string{}})
	}
	c := newCaller("")
	for round := range rounds {
		p := startProcess(t, nil, "-demo", "-listen", "127.0.0.1:0", "-data", dir, "-log-level", "error")
		c.base = p.url
		if round == 0 {
			c.login(t)
			for _, w := range workers {
				if _, err := c.post(fmt.Sprintf("/api/v1/centers/%s/counters/%d/open", w.center, w.counter), map[string]string{}, "", nil); err != nil {
					t.Fatal(err)
				}
			}
		}
		load(t, c, p, workers, time.Duration(20+rng.IntN(180))*time.Millisecond)
		c.http.CloseIdleConnections()
		if t.Failed() {
			t.Fatalf("round %d", round)
		}
	}
	p := startProcess(t, nil, "-demo", "-listen", "127.0.0.1:0", "-data", dir, "-log-level", "error")
	c.base = p.url
	checkAnswers(t, c, workers)
	p.kill()
	checkJournal(t, dir, workers)
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"verify", "-data", dir}, nil, &out, &errs, nil); code != 0 {
		t.Fatalf("verify: %s%s", &out, &errs)
	}
	t.Logf("%d rounds; %s", rounds, &out)
}

// load lets the workers send until the power is cut.
func load(t *testing.T, c *caller, p *process, workers []*killWorker, d time.Duration) {
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for _, w := range workers {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				err := w.step(c)
				var refused *errRefused
				switch {
				case errors.As(err, &refused):
					t.Errorf("%s counter %d: %v (request %+v)", w.center, w.counter, err, w.pending)
					return
				case err != nil && strings.Contains(err.Error(), "two requests") || err != nil && strings.Contains(err.Error(), "answered twice"):
					t.Error(err)
					return
				case err != nil:
					return // the power is off; the answer is lost
				}
			}
		})
	}
	cut := time.NewTimer(d)
	<-cut.C
	p.kill()
	close(stop)
	wg.Wait()
}

// checkAnswers asks the server for every ticket that was acknowledged, also for those
// of a day that ended meanwhile.
func checkAnswers(t *testing.T, c *caller, workers []*killWorker) {
	given := map[string]string{}
	for _, w := range workers {
		if w.pending != nil {
			if err := w.step(c); err != nil {
				t.Errorf("a lost answer asked for again: %v", err)
			}
		}
		for id, number := range w.issued {
			if other, twice := given[w.center+" "+number]; twice {
				t.Errorf("%s has %s twice: %s and %s", w.center, number, other, id)
			}
			given[w.center+" "+number] = id
			var k view.Ticket
			if _, err := c.get("/api/v1/tickets/"+id, &k); err != nil || k.Day+" "+k.Number != number {
				t.Errorf("%s: acknowledged ticket %s (%s) is lost: %v", w.center, id, number, err)
			}
		}
	}
}

// checkJournal holds what was acknowledged against the records: they outlast midnight,
// which the list of calls does not.
func checkJournal(t *testing.T, dir string, workers []*killWorker) {
	d, err := openData(dir, false, true, boltlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	issued, called := 0, 0
	for center, ws := range byCenter(workers) {
		tickets, numbers := map[string]string{}, map[string]bool{}
		var calls []string
		for r, err := range records(t.Context(), d.log, center) {
			if err != nil {
				t.Fatal(err)
			}
			switch e := r.Event.(type) {
			case queue.Issued:
				number := string(r.Day) + " " + e.Number
				if id := string(e.Ticket); tickets[id] != "" || numbers[number] {
					t.Errorf("%s: ticket %s or its number %s was recorded before", center, id, number)
				}
				tickets[string(e.Ticket)], numbers[number] = number, true
			case queue.CalledTo:
				if calls = append(calls, string(e.Ticket)); e.Call != uint64(len(calls)) {
					t.Fatalf("%s: call %d stands where %d belongs", center, e.Call, len(calls))
				}
			}
		}
		for _, w := range ws {
			for id, number := range w.issued {
				issued++
				if tickets[id] != number {
					t.Errorf("%s: acknowledged ticket %s was recorded as %q, not %q", center, id, tickets[id], number)
				}
			}
			for call, id := range w.calls {
				called++
				if call > uint64(len(calls)) || calls[call-1] != id {
					t.Errorf("%s: acknowledged call %d of %s is lost, or of another", center, call, id)
				}
			}
		}
	}
	t.Logf("%d tickets and %d calls were acknowledged and are there", issued, called)
	if issued == 0 || called == 0 {
		t.Error("the load did nothing")
	}
}

func byCenter(workers []*killWorker) map[string][]*killWorker {
	m := map[string][]*killWorker{}
	for _, w := range workers {
		m[w.center] = append(m[w.center], w)
	}
	return m
}
