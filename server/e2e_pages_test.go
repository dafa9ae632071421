package main

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"moiso/internal/queue"
)

func hueZone(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// TestAnUnsteadyFingerGetsOneNumber touches everything twice.
func TestAnUnsteadyFingerGetsOneNumber(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "an-cuu")
	p := openTab(t, "double-touch", kioskScreen)
	p.open(h.url("/kiosk/an-cuu"))
	p.doublePress(`[data-service=ho-tich]`, "")
	p.until("the question", `document.querySelector('[data-screen=priority]')`)
	p.doublePress(".priority__plain", "")
	p.until("the number", `document.querySelector('[data-screen=done]')`)
	p.shot("number")
	if got := h.tickets(); len(got) != 1 || got[0].Number != "H001" {
		t.Errorf("two touches gave %+v", got)
	}
	p.press("[data-act=finish]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
}

// TestTheKioskSpeaksEnglishUntilTheNextPerson switches the language by a touch; who
// comes next finds Vietnamese again.
func TestTheKioskSpeaksEnglishUntilTheNextPerson(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "kim-long")
	p := openTab(t, "language", wideKiosk)
	p.open(h.url("/kiosk/kim-long"))
	p.until("Vietnamese", `/Chứng thực/.test(document.querySelector('[data-service=chung-thuc]')?.innerText)`)
	p.press(".segmented [lang=en]", "")
	p.until("English", `document.documentElement.lang === 'en' && /Certification/.test(document.querySelector('[data-service=chung-thuc]').innerText)`)
	p.shot("english")
	_, id := takeNumber(p, "chung-thuc")
	p.shot("english-number")
	p.press("[data-act=finish]", "")
	p.until("Vietnamese again", `document.documentElement.lang === 'vi' && document.querySelector('[data-screen=start]') && /Chứng thực/.test(document.querySelector('[data-service=chung-thuc]').innerText)`)

	// The phone has a switch of its own, and remembers.
	phone := openTab(t, "language-phone", phoneScreen)
	phone.open(h.url("/t/" + strings.ToLower(id)))
	phone.until("Vietnamese", `document.documentElement.lang === 'vi'`)
	phone.press("a.lang", "")
	phone.until("English", `document.documentElement.lang === 'en' && /Certification/.test(document.body.innerText)`)
	phone.open(h.url("/t/" + id))
	phone.until("English, remembered", `document.documentElement.lang === 'en'`)
	phone.shot("english")
}

// TestCapitalsAreReadAcrossTheHall measures them: 195 px at 1920x1080 are 122 mm on a
// 55" screen, what EN 301 549 asks at ten metres.
func TestCapitalsAreReadAcrossTheHall(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuan-hoa")
	p := openTab(t, "capitals", displayScreen)
	for state, number := range map[string]string{"call": "A042", "call-priority": "K1005", "calls": "A042", "calls-priority": "K1005",
		"signage-busy": "K1005", "portrait": "A042", "portrait-priority": "K1005",
		"portrait-signage": "A042"} {
		p.as(screenOf("display", state))
		p.open(h.url("/gallery/display/" + state))
		settled(p)
		m := ask[struct {
			Number, Counter         string
			NumberPx, CounterPx     float64
			Over, Outside           bool
			TileNumber, TileSmaller float64
		}](p, `(() => {
  const cap = (e) => {
    const g = document.createElement('canvas').getContext('2d'), s = getComputedStyle(e);
    g.font = [s.fontStyle, s.fontWeight, s.fontSize, s.fontFamily].join(' ');
    return g.measureText('H').actualBoundingBoxAscent;
  };
  const [n, c] = document.querySelectorAll('section.call .call__number');
  const box = document.querySelector('section.call').getBoundingClientRect();
  const ink = [n, c].map((e) => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect(); });
  const arrow = document.querySelector('.call__arrow').getBoundingClientRect();
  const tiles = [...document.querySelectorAll('.tile__number')].map(cap);
  return {
    Number: n.innerText, Counter: c.innerText, NumberPx: cap(n), CounterPx: cap(c),
    Over: arrow.top > ink[0].top + ink[0].height / 2 ? arrow.right > ink[1].left : ink[0].right > arrow.left || arrow.right > ink[1].left,
    Outside: ink.some((r) => r.left < box.left || r.right > box.right) || box.right > innerWidth,
    TileNumber: Math.max(...tiles, 0), TileSmaller: Math.min(...tiles, 999),
  };
})()`)
		if m.Number != number || m.NumberPx < 195 || m.CounterPx < 195 {
			t.Errorf("%s: %s has capitals of %.0f px, the counter %s of %.0f px; 195 are needed", state, m.Number, m.NumberPx, m.Counter, m.CounterPx)
		}
		if m.Over || m.Outside {
			t.Errorf("%s: %s → %s does not fit its card", state, m.Number, m.Counter)
		}
		t.Logf("%s → %s: capitals of %.0f and %.0f px, on the tiles %.0f to %.0f px", m.Number, m.Counter, m.NumberPx, m.CounterPx, m.TileSmaller, m.TileNumber)
		p.shot(state)
	}
}

// TestATicketNeedsNoScriptAndHardlyAnyNetwork opens it as an old phone on a bad line
// would.
func TestATicketNeedsNoScriptAndHardlyAnyNetwork(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "hoa-chau")
	h.issue("chung-thuc")
	k := h.issue("chung-thuc")
	const limit = 15 * 1024

	for _, script := range []bool{true, false} {
		name := "ticket-with-script"
		if !script {
			name = "ticket-without-script"
		}
		p := openTab(t, name, phoneScreen)
		bytes := countBytes(t, p)
		if _, err := chromedp.Call(p.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script}); err != nil {
			t.Fatal(err)
		}
		p.open(h.url("/t/" + k.ID))
		if script {
			p.until("the page is live", `document.querySelector('[data-on]:not([hidden])')`)
		}
		got := p.text("body")
		for _, want := range []string{"A002", "Chứng thực", "1 người", "Hóa Châu", k.IssuedAt.In(hueZone(t)).Format("15:04")} {
			if !strings.Contains(got, want) {
				t.Errorf("%s: %q is not on the page:\n%s", name, want, got)
			}
		}
		if n := bytes(); n > limit || n < 1000 {
			t.Errorf("%s: %d bytes were transferred, the limit is %d", name, n, limit)
		} else {
			t.Logf("%s: %d bytes were transferred in all", name, n)
		}
		p.shot("waiting")
		if script {
			continue
		}
		h.counter(2, "open", nil)
		h.counter(2, "call-next", nil)
		h.counter(2, "call-next", map[string]bool{"finish": true})
		p.open(h.url("/t/" + k.ID))
		if got := p.text("main"); !strings.Contains(got, "A002") || !strings.Contains(got, "2") || ask[string](p, "document.body.dataset.state") != string(queue.Called) {
			t.Errorf("called, without script: %s", got)
		}
		if gold := ask[string](p, "getComputedStyle(document.body).backgroundColor"); gold != "rgb(247, 197, 51)" {
			t.Errorf("called, the ground is %s", gold)
		}
		p.shot("called")
	}
}

// countBytes counts what the network brings, heads included.
func countBytes(t testing.TB, p *tab) func() int {
	t.Helper()
	var mu sync.Mutex
	var sum float64
	open := map[network.RequestID]bool{}
	if err := chromedp.Listen(p.ctx, func(ev any) {
		mu.Lock()
		defer mu.Unlock()
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			open[ev.RequestID] = true
		case *network.EventLoadingFinished:
			delete(open, ev.RequestID)
			sum += ev.EncodedDataLength
		case *network.EventLoadingFailed:
			delete(open, ev.RequestID)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(p.ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	return func() int {
		t.Helper()
		if !poll(patience, func() bool { mu.Lock(); defer mu.Unlock(); return len(open) == 0 }) {
			t.Fatal("the network does not come to rest")
		}
		mu.Lock()
		defer mu.Unlock()
		return int(sum)
	}
}
