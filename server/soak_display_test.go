package main

import (
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// heap is what the page's scripts hold after everything that can go has gone.
func heap(p *tab) float64 {
	p.t.Helper()
	for range 3 { // weak references and finalizers need more than one round
		if _, err := chromedp.Call(p.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			p.t.Fatal(err)
		}
	}
	u, err := chromedp.Call(p.ctx, runtime.GetHeapUsage, cdp.Empty{})
	if err != nil {
		p.t.Fatal(err)
	}
	return u.UsedSize
}

// TestAScreenDoesNotGrowWithItsCalls sends a long-running screen 2,000 calls, or 20,000
// with MOISO_SOAK=1: more than a busy hall makes in three months. A moment lasts a
// few milliseconds here, and each call is shown, announced in order, and put aside.
func TestAScreenDoesNotGrowWithItsCalls(t *testing.T) {
	calls := 2_000
	if os.Getenv("MOISO_SOAK") != "" {
		calls = 20_000
	}
	const most = 5 << 20 // bytes that the heap may grow by
	s := openStage(t)
	p := s.screen("soak")
	p.hasten(1_000) // a moment of 4.5 s lasts 4.5 ms
	p.media("prefers-reduced-motion", "reduce")
	p.open(s.http.URL + "/display/thuan-hoa")
	p.until("an empty board", `document.querySelector('.board[data-state=empty]')`)

	round := func(n int) {
		for range n {
			s.call(1)
			s.publish()
		}
		s.mu.Lock()
		last := int(s.doc.LastCall)
		s.all = s.all[max(0, len(s.all)-200):] // as the server keeps them
		s.mu.Unlock()
		p.standing(last)
	}
	const step = 25 // fewer than the board keeps, so that nothing need be asked for
	for range 8 {   // what a page builds once, it builds now
		round(step)
	}
	before, begun := heap(p), time.Now()
	for n := 0; n < calls; n += step {
		round(step)
	}
	after := heap(p)
	t.Logf("%d calls in %v: the heap grew from %.2f MB to %.2f MB, by %.2f MB", calls, time.Since(begun).Round(time.Second), before/(1<<20), after/(1<<20), (after-before)/(1<<20))
	if after-before > most {
		t.Errorf("the heap grew by %.1f MB over %d calls", (after-before)/(1<<20), calls)
	}
	got := announced(p)
	if len(got) == 0 || len(got) > 1_000 {
		t.Fatalf("the page remembers %d calls", len(got))
	}
	for i := 1; i < len(got); i++ {
		if got[i] != got[i-1]+1 {
			t.Fatalf("call %d follows %d", got[i], got[i-1])
		}
	}
	if asks := s.asks(); len(asks) > 0 {
		t.Errorf("it asked for calls after %v; each board had all that was new", asks)
	}
}
