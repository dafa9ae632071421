package main

import (
	"fmt"
	"image/color"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/memory"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"moiso/internal/queue"
	"moiso/internal/view"
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

// weighed is a page that is sent calls while its heap is watched.
type weighed struct {
	*stage
	p     *tab
	calls int // how many it is sent

	most      float64 // bytes that its heap may grow by
	mostNodes int64
}

// most is what the heap of a screen may grow by in the long form, in bytes.
const most = 5 << 20

// mostNodes a page may have more after its calls than before: what stands on it differs.
const mostNodes = 400

// weigh is 1,000 calls, or 20,000 with MOISO_SOAK=1: more than a busy hall makes in three
// months. A moment lasts a few milliseconds here. A thousand calls may leave half of what
// two thousand might, so that the short form finds 2.6 kB a call that stay.
func weigh(t *testing.T, name string) *weighed {
	t.Helper()
	w := &weighed{stage: openStage(t), calls: 1_000, most: most / 2, mostNodes: mostNodes / 2}
	if os.Getenv("MOISO_SOAK") != "" {
		w.calls, w.most, w.mostNodes = 20_000, most, mostNodes
	}
	w.p = w.screen(name)
	w.p.hasten(1_000) // a moment of 4.5 s lasts 4.5 ms
	w.p.media("prefers-reduced-motion", "reduce")
	return w
}

// round sends some calls and waits until the last stands on the card and settled says
// that nothing is left to do.
func (w *weighed) round(n int, settled func(last int)) {
	for range n {
		w.call(1)
		w.publish()
	}
	w.mu.Lock()
	last := int(w.doc.LastCall)
	w.all = w.all[max(0, len(w.all)-200):] // as the server keeps them
	w.mu.Unlock()
	w.p.standing(last)
	settled(last)
}

// run sends all calls and compares the heap and the nodes before and after.
func (w *weighed) run(settled func(last int)) {
	w.t.Helper()
	const step = 25 // fewer than the board keeps, so that nothing need be asked for
	for range 8 {   // what a page builds once, it builds now
		w.round(step, settled)
	}
	before, nodes, begun := heap(w.p), w.nodes(), time.Now()
	for n := 0; n < w.calls; n += step {
		w.round(step, settled)
	}
	// What leaks stays; what the browser has not come to yet goes.
	var after float64
	var more int64
	poll(patience, func() bool {
		after, more = heap(w.p), w.nodes()
		return after-before <= w.most && more-nodes <= w.mostNodes
	})
	w.t.Logf("%d calls in %v: the heap grew from %.2f MB to %.2f MB, by %.2f MB; nodes from %d to %d", w.calls, time.Since(begun).Round(time.Second), before/(1<<20), after/(1<<20), (after-before)/(1<<20), nodes, more)
	if after-before > w.most {
		w.t.Errorf("the heap grew by %.1f MB over %d calls", (after-before)/(1<<20), w.calls)
	}
	if more-nodes > w.mostNodes {
		w.t.Errorf("the page has %d nodes, and had %d", more, nodes)
	}
}

// nodes are all that the page holds, those that it shows no more included.
func (w *weighed) nodes() int64 {
	w.t.Helper()
	c, err := chromedp.Call(w.p.ctx, memory.GetDOMCounters, cdp.Empty{})
	if err != nil {
		w.t.Fatal(err)
	}
	return c.Nodes
}

// TestAScreenDoesNotGrowWithItsCalls is of a silent screen: each call is shown, announced
// in order, and put aside.
func TestAScreenDoesNotGrowWithItsCalls(t *testing.T) {
	t.Parallel()
	w := weigh(t, "soak")
	w.p.open(w.http.URL + "/display/thuan-hoa")
	w.p.until("an empty board", `document.querySelector('.board[data-state=empty]')`)
	w.run(func(int) {})
	got := announced(w.p)
	if len(got) == 0 || len(got) > 1_000 {
		t.Fatalf("the page remembers %d calls", len(got))
	}
	for i := 1; i < len(got); i++ {
		if got[i] != got[i-1]+1 {
			t.Fatalf("call %d follows %d", got[i], got[i-1])
		}
	}
	if asks := w.asks(); len(asks) > 0 {
		t.Errorf("it asked for calls after %v; each board had all that was new", asks)
	}
}

// hurried makes a page's words last milliseconds, from its own voice pack and loudspeaker:
// everything is claimed, fetched, decoded and started as ever, twenty times a second.
const hurried = `{
	const fetched = window.fetch;
	window.fetch = async (url, ...more) => {
		const answer = await fetched(url, ...more);
		if (!String(url).endsWith('/voice/index.json')) return answer;
		const index = await answer.json();
		index.gap_s = index.pause_s = 0.001;
		for (const c of Object.values(index.clips)) c.duration_s = 0.002;
		return new Response(JSON.stringify(index));
	};
	const start = AudioBufferSourceNode.prototype.start;
	window.started = 0;
	AudioBufferSourceNode.prototype.start = function (at, ...more) {
		window.started++;
		return start.call(this, Math.max(0, at - 0.06), ...more);
	};
}`

// TestAScreenDoesNotGrowWhileItSpeaksBesidePicturesAndFilms says each call aloud while a
// picture and a film take turns.
func TestAScreenDoesNotGrowWhileItSpeaksBesidePicturesAndFilms(t *testing.T) {
	t.Parallel()
	w := weigh(t, "soak-speaking")
	w.speaks = true
	w.files = map[string][]byte{"film": film(t), "picture": picture(t, color.RGBA{14, 133, 102, 255})}
	w.doc.Settings.Layout = "signage"
	w.doc.Settings.Playlist = []queue.PlayItem{{Media: "film", Seconds: 1}, {Media: "picture", Seconds: 1}}
	w.doc.Media = []view.BoardMedium{{Hash: "film", Type: "video/webm"}, {Hash: "picture", Type: "image/png"}}
	if _, err := chromedp.Call(w.p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: hurried}); err != nil {
		t.Fatal(err)
	}
	w.p.open(w.http.URL + "/display/thuan-hoa")
	w.p.until("an empty board and a film", `document.querySelector('.board[data-state=empty][data-face=signage]') && document.querySelector('video, .media img')`)
	w.p.until("it says that the sound is blocked", `document.querySelector('[data-sound=blocked]')`)
	w.p.press("[data-sound=blocked]", "")
	w.p.until("it speaks", `window.moiso.sound.talk.speaker.value`)
	ask[bool](w.p, `(window.turns = 0, new MutationObserver(() => window.turns++).observe(document.querySelector('.media'), { attributes: true, attributeFilter: ['data-media'] }), true)`)
	w.run(func(last int) {
		w.p.until("the last was spoken", fmt.Sprintf(`window.moiso.sound.talk.said.at(-1) === %d`, last))
	})
	said := ask[[]int](w.p, `[...window.moiso.sound.talk.said]`)
	for i := 1; i < len(said); i++ {
		if said[i] != said[i-1]+1 {
			t.Fatalf("call %d was spoken after %d", said[i], said[i-1])
		}
	}
	if s := ask[[]int](w.p, `[window.started, window.turns]`); s[0] < w.calls || s[1] < 10 {
		t.Errorf("%d clips were started for %d calls, and %d pictures and films shown", s[0], w.calls, s[1])
	}
	w.p.shot("speaking")
}
