//go:build bench

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"moiso/internal/auth"
	"moiso/internal/client"
	"moiso/internal/device"
	"moiso/internal/directory"
	"moiso/internal/printer"
	"moiso/internal/queue"
	"moiso/internal/ticket"
)

// BenchmarkAWeekCutOff merges 5,000 slips of a week (a sixth of them of today) while four
// clerks go on calling over HTTP, and compares a call's p99 with that of a quiet hour.
// Server, kiosk and clerks share this machine and its disk.
func BenchmarkAWeekCutOff(b *testing.B) {
	for b.Loop() {
		week(b)
	}
}

const (
	weekSlips = 5000
	weekToday = 833
	inLine    = 1500 // people of today who took their numbers online: seven times a busy ward's day
	clerks    = 4
)

func week(b *testing.B) {
	w := newWorld(b)
	for n := range clerks {
		w.do(queue.SetCounter{Config: queue.CounterConfig{Number: queue.CounterID(n + 1), Services: []queue.ServiceID{"chung-thuc", "ho-tich"}}},
			queue.OpenCounter{Counter: queue.CounterID(n + 1)})
	}
	var all sync.WaitGroup
	for p := range 8 {
		all.Go(func() {
			for n := p; n < inLine; n += 8 {
				w.do(queue.Issue{ID: queue.TicketID(fmt.Sprintf("0000000000%06d", n+900000)), Service: []queue.ServiceID{"chung-thuc", "ho-tich"}[n%2], Source: "phone"})
			}
		})
	}
	all.Wait()
	token := w.token()
	dir, err := os.MkdirTemp("/dev/shm", "moiso-bench-") // a kiosk's disk is not the server's
	if err != nil {
		dir = b.TempDir()
	}
	defer os.RemoveAll(dir)
	d, err := device.New(device.Options{Role: "kiosk", Server: "http://" + w.addr, Center: string(here), Token: token, View: "kiosk", Logger: slog.New(slog.DiscardHandler)})
	must(b, err)
	k, err := openKiosk(d, dir, newClock())
	must(b, err)
	must(b, k.greet(b.Context()))
	k.spool.db.NoSync = true
	now := w.now()
	for n := range weekSlips {
		var at time.Time
		if n >= weekSlips-weekToday {
			at = now.Add(-time.Duration(weekSlips-n) * 10 * time.Millisecond)
		} else {
			at = now.AddDate(0, 0, -6+n*5/(weekSlips-weekToday))
		}
		service, prefix := []string{"chung-thuc", "ho-tich"}[n%2], []string{"A", "H"}[n%2]
		_, err := k.spool.add(slip{ID: id(n), Service: service, Day: at.Format(time.DateOnly), At: reckoning{At: at, Boot: "b"}, Center: string(here), Device: k.id.Device}, prefix, k.id.Lane, "")
		must(b, err)
	}
	k.spool.db.NoSync = false
	must(b, k.spool.db.Sync())
	idle, _ := w.calls(b, func(stop chan struct{}) { pause(b.Context(), 5*time.Second); close(stop) })
	var took time.Duration
	busy, n := w.calls(b, func(stop chan struct{}) {
		begun := time.Now()
		must(b, k.merge(b.Context()))
		took = time.Since(begun)
		close(stop)
	})
	if left := k.spool.count(); left != 0 {
		b.Errorf("%d slips are not merged", left)
	}
	var have int
	for _, t := range w.tickets() {
		if t.Offline {
			have++
		}
	}
	if have != weekSlips {
		b.Errorf("the server has %d of %d slips", have, weekSlips)
	}
	b.ReportMetric(took.Seconds(), "merge-s")
	b.ReportMetric(float64(idle.Microseconds())/1000, "idle-p99-ms")
	b.ReportMetric(float64(busy.Microseconds())/1000, "busy-p99-ms")
	b.ReportMetric(float64(busy)/float64(idle), "ratio")
	b.ReportMetric(float64(n), "calls")
	b.ReportMetric(0, "ns/op")
	must(b, k.spool.close())
}

// calls lets the clerks call until stop is closed, and gives the p99 of a call.
func (w *world) calls(b *testing.B, until func(stop chan struct{})) (p99 time.Duration, n int) {
	b.Helper()
	ctx := context.Background()
	name := fmt.Sprint("clerk", time.Now().UnixNano()%1e9)
	_, err := w.auth.CreateAccount(ctx, auth.NewAccount{Username: name, Name: "Lan", Password: "một buổi sáng ở Huế", Roles: []auth.Grant{{Role: directory.Clerk, Center: here}}})
	must(b, err)
	_, token, err := w.auth.Login(ctx, name, "một buổi sáng ở Huế", auth.Addr(ctx))
	must(b, err)
	stop := make(chan struct{})
	var mu sync.Mutex
	var took []time.Duration
	var all sync.WaitGroup
	for c := range clerks {
		all.Go(func() {
			h := &http.Client{Transport: &http.Transport{}}
			for {
				select {
				case <-stop:
					return
				default:
				}
				begun := time.Now()
				body, _ := json.Marshal(map[string]bool{"finish": true})
				req, _ := http.NewRequest(http.MethodPost, fmt.Sprintf("http://%s/api/v1/centers/%s/counters/%d/call-next", w.addr, here, c+1), bytes.NewReader(body))
				req.Header.Set("Authorization", "Bearer "+token)
				req.Header.Set("Content-Type", "application/json")
				req.Header.Set("Idempotency-Key", client.NewTicketID())
				res, err := h.Do(req)
				if err != nil || res.StatusCode > 204 {
					b.Errorf("a call: %v %v", res, err)
					return
				}
				_ = res.Body.Close()
				d := time.Since(begun)
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
				pause(ctx, 40*time.Millisecond)
			}
		})
	}
	until(stop)
	all.Wait()
	slices.Sort(took)
	return took[len(took)*99/100], len(took)
}

// BenchmarkASlipIsNoted is what a slip waits for the disk before its first byte goes to
// the printer.
func BenchmarkASlipIsNoted(b *testing.B) {
	s, _, err := openSpool(b.TempDir(), time.Now())
	must(b, err)
	m := &pressed{s, slog.New(slog.DiscardHandler), time.Now}
	picture, err := ticket.Render(ticket.Paper{Number: "A042", Service: queue.Text{VI: "Chứng thực", EN: "Certification"}, URL: "HTTPS://SO.HUE.GOV.VN/T/7K3M9QX2PDR4WN5A"}, ticket.Wide)
	must(b, err)
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		begun := time.Now()
		m.Begun(printer.Job{Ticket: fmt.Sprint(n), Number: "A042", Bitmap: picture})
		took = append(took, time.Since(begun))
		m.Over(fmt.Sprint(n))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	must(b, s.close())
}
