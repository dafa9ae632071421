package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/fleet"
	"moiso/internal/queue"
	"moiso/internal/view"
)

var (
	kiosk  = fleet.Device{ID: "d_kiosk", Role: "kiosk", Place: "sảnh", Center: hall}
	screen = fleet.Device{ID: "d_screen", Role: "display", Place: "sảnh", Center: hall}
	well   = view.Health{Printer: "ready", Screen: "on", Sound: "on", PageOpen: true}
)

// log is a centre's log of alerts.
type log struct {
	mu    sync.Mutex
	lines []string
	fail  error
	tries int
}

func (l *log) record(_ context.Context, c queue.CenterID, cmd queue.Command) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tries++
	if l.fail != nil {
		return l.fail
	}
	switch cmd := cmd.(type) {
	case queue.RaiseAlert:
		a := cmd.Alert
		l.lines = append(l.lines, strings.TrimSpace(fmt.Sprint("+", a.Device, " ", a.Kind, " ", a.Service, a.Detail)))
	case queue.ClearAlert:
		l.lines = append(l.lines, strings.TrimSpace(fmt.Sprint("-", cmd.Device, " ", cmd.Kind, " ", cmd.Service)))
	}
	return nil
}

// since gives the lines that came since the last time.
func (l *log) since() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := l.lines
	l.lines = nil
	return out
}

// run runs a roster in a bubble of time.
func run(t *testing.T, f func(t *testing.T, r *fleet.Roster, l *log)) {
	synctest.Test(t, func(t *testing.T) {
		l := &log{}
		r := fleet.NewRoster(l.record, nil)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		synctest.Wait()
		f(t, r, l)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// pass lets time go by, with reports of those who live.
func pass(r *fleet.Roster, d time.Duration, h view.Health, who ...fleet.Device) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for _, w := range who {
			r.Report(w, h)
		}
		time.Sleep(min(fleet.ReportEvery, time.Until(end)))
	}
	synctest.Wait()
}

func expect(t *testing.T, l *log, want ...string) {
	t.Helper()
	synctest.Wait()
	if got := l.since(); !slices.Equal(got, want) {
		t.Errorf("the log has %q, want %q", got, want)
	}
}

func TestADeviceThatFallsSilentRaisesAnAlertAfter45Seconds(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		left := r.Joined(kiosk)
		pass(r, 10*time.Minute, well, kiosk, screen)
		expect(t, l)
		last := time.Now()
		r.Report(kiosk, well)
		pass(r, fleet.SilentAfter-time.Second, well, screen)
		expect(t, l)
		pass(r, 2*time.Second, well, screen)
		expect(t, l, "+d_kiosk silent")
		if s := r.Of("d_kiosk"); !s.Online || !s.Heard.Equal(last) || s.Health.Printer != "ready" {
			t.Errorf("it is seen as %+v", s)
		}
		left()
		if r.Of("d_kiosk").Online {
			t.Error("it is online without a connection")
		}
		pass(r, time.Hour, well, screen)
		expect(t, l) // told of once
		r.Joined(kiosk)
		expect(t, l, "-d_kiosk silent")
	})
}

func TestADeviceThatWasNeverHeardSinceTheStartIsSilentToo(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		r.Expect(kiosk)
		time.Sleep(fleet.SilentAfter + time.Second)
		expect(t, l, "+d_kiosk silent")
		if s := r.Of("d_kiosk"); s.Online || !s.Heard.IsZero() {
			t.Errorf("it is seen as %+v", s)
		}
	})
}

func TestWhatADeviceReportsRaisesAndEndsAlerts(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		with := func(f func(*view.Health)) view.Health { h := well; f(&h); return h }
		r.Report(kiosk, with(func(h *view.Health) { h.Printer = "near_end" }))
		expect(t, l)
		r.Report(kiosk, with(func(h *view.Health) { h.Printer = "paper_out" }))
		expect(t, l, "+d_kiosk paper_out")
		r.Report(kiosk, with(func(h *view.Health) { h.Printer = "cover_open" }))
		synctest.Wait()
		if got := l.since(); len(got) != 2 || !slices.Contains(got, "-d_kiosk paper_out") || !slices.Contains(got, "+d_kiosk printer cover_open") {
			t.Errorf("the log has %q", got)
		}
		r.Report(kiosk, with(func(h *view.Health) { h.Printer = "error" }))
		expect(t, l, "+d_kiosk printer error")
		r.Report(kiosk, well)
		expect(t, l, "-d_kiosk printer")
		r.Report(screen, with(func(h *view.Health) { h.Sound = "blocked" }))
		r.Report(kiosk, with(func(h *view.Health) { h.Sound = "blocked" })) // a kiosk calls nobody
		expect(t, l, "+d_screen sound")
		r.Report(screen, with(func(h *view.Health) { h.Sound = "off" })) // by choice
		expect(t, l, "-d_screen sound")
	})
}

func TestAPageThatStaysClosedRaisesAnAlertAndOneThatIsReloadedDoesNot(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		closed := well
		closed.PageOpen = false
		r.Report(kiosk, closed)
		time.Sleep(5 * time.Second)
		r.Report(kiosk, well)
		pass(r, time.Minute, well, kiosk)
		expect(t, l)
		pass(r, fleet.PageAfter+time.Second, closed, kiosk)
		expect(t, l, "+d_kiosk page_closed")
		r.Report(kiosk, well)
		expect(t, l, "-d_kiosk page_closed")
	})
}

func TestManyTicketsOfOneFieldWithinAMinuteRaiseAnAlertForAWhile(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		for range 20 { // four a minute, and four of another field
			pass(r, 15100*time.Millisecond, well, kiosk)
			r.Taken(kiosk, "ho-tich", 5)
			r.Taken(kiosk, "chung-thuc", 5)
		}
		expect(t, l)
		for range 5 {
			r.Taken(kiosk, "dat-dai", 5)
		}
		expect(t, l, "+d_kiosk many_tickets dat-dai")
		r.Taken(kiosk, "dat-dai", 5)
		pass(r, 4*time.Minute, well, kiosk)
		expect(t, l)
		pass(r, 2*time.Minute, well, kiosk)
		expect(t, l, "-d_kiosk many_tickets dat-dai")
	})
}

// A spool comes in pieces: the third piece here begins in the middle of a minute.
func TestManyTicketsTakenWhileCutOffAreToldWhenTheyAreBroughtIn(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		morning := time.Date(2025, 7, 14, 8, 0, 0, 0, time.UTC)
		at := func(seconds ...int) (hours []time.Time) {
			for _, s := range seconds {
				hours = append(hours, morning.Add(time.Duration(s)*time.Second))
			}
			return hours
		}
		r.Brought(kiosk, "ho-tich", at(0, 15, 30, 45, 60, 75, 90), 5)
		r.Brought(kiosk, "dat-dai", at(0, 1, 2), 5)
		synctest.Wait()
		expect(t, l)
		r.Brought(kiosk, "dat-dai", at(3, 40, 62, 300), 5)
		synctest.Wait()
		expect(t, l, "+d_kiosk many_tickets dat-dai2025-07-14T08:00:00Z") // field, then hour
		// It is not said again for the next minute of the same cut, and not of what is taken now.
		r.Brought(kiosk, "dat-dai", at(600, 601, 602, 603, 604, 605), 5)
		for range 4 {
			r.Taken(kiosk, "dat-dai", 5)
		}
		pass(r, 4*time.Minute, well, kiosk)
		expect(t, l)
		pass(r, 2*time.Minute, well, kiosk)
		expect(t, l, "-d_kiosk many_tickets dat-dai")
	})
}

func TestAnAlertThatCannotBeRecordedIsTriedAgainAndFlickerIsNot(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		l.fail = errors.New("the disk is full")
		out := well
		out.Printer = "paper_out"
		r.Report(kiosk, out)
		synctest.Wait()
		r.Report(kiosk, well)
		r.Report(kiosk, out)
		pass(r, time.Minute, out, kiosk)
		l.mu.Lock()
		if l.tries < 5 || l.tries > 40 {
			t.Errorf("tried %d times in a minute", l.tries)
		}
		l.fail = nil
		l.mu.Unlock()
		pass(r, 5*time.Second, out, kiosk)
		expect(t, l, "+d_kiosk paper_out")
	})
}

func TestADeviceThatIsGoneHasNoAlerts(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		out := well
		out.Printer = "paper_out"
		left := r.Joined(kiosk)
		r.Report(kiosk, out)
		expect(t, l, "+d_kiosk paper_out")
		r.Gone("d_kiosk")
		left()
		expect(t, l, "-d_kiosk paper_out")
		time.Sleep(time.Hour)
		expect(t, l)
		r.Gone("d_nobody")
	})
}

func TestAlertsFromBeforeTheStartStandUntilTheDeviceSpeaks(t *testing.T) {
	run(t, func(t *testing.T, r *fleet.Roster, l *log) {
		r.Adopt(hall, queue.Alert{Device: "d_kiosk", Kind: queue.AlertPaper})
		r.Adopt(hall, queue.Alert{Device: "d_kiosk", Kind: queue.AlertSilent})
		r.Adopt(hall, queue.Alert{Device: "d_kiosk", Kind: queue.AlertMany, Service: "ho-tich"})
		r.Expect(kiosk)
		pass(r, time.Minute, well)
		expect(t, l) // nothing is told twice
		r.Joined(kiosk)
		expect(t, l, "-d_kiosk silent")
		r.Report(kiosk, well)
		expect(t, l, "-d_kiosk paper_out")
		pass(r, 5*time.Minute, well, kiosk)
		expect(t, l, "-d_kiosk many_tickets ho-tich")
	})
}
