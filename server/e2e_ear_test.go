package main

import (
	"context"
	"fmt"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// ear listens to what a page sends to the loudspeaker: it stands beside the destination
// of every audio context and measures how long and how loud it was.
const ear = `(() => {
  const heard = (window.heard = { ms: 0, peak: 0, since: 0 });
  const connect = AudioNode.prototype.connect;
  const ears = new WeakMap();
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && !(this.context instanceof OfflineAudioContext)) {
      let a = ears.get(to);
      if (!a) {
        a = this.context.createAnalyser();
        a.fftSize = 2048;
        ears.set(to, a);
        const data = new Float32Array(a.fftSize);
        let last = performance.now();
        setInterval(() => {
          const now = performance.now();
          a.getFloatTimeDomainData(data);
          let sum = 0;
          for (const v of data) { sum += v * v; heard.peak = Math.max(heard.peak, Math.abs(v)); }
          if (Math.sqrt(sum / data.length) > 0.003) heard.ms += now - last;
          last = now;
        }, 40);
      }
      connect.call(this, a);
    }
    return connect.call(this, to, ...rest);
  };
})()`

// openBrowser opens a browser of its own with one page, as a device has: sound needs no
// touch, and what it stores stays in a folder.
func openBrowser(t testing.TB, name string, s screen, profile string) *tab {
	t.Helper()
	path, err := browserPath()
	if err != nil {
		t.Fatal(err)
	}
	flags := append(browserFlags(path), chromedp.UserDataDir(profile),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, cancel := chromedp.NewContext(ctx)
	p := &tab{t: t, name: name, s: s, ctx: ctx}
	closed := false
	p.shut = func() {
		if !closed {
			closed = true
			cancel()
			stop()
		}
	}
	if err := chromedp.Listen(ctx, p.hear); err != nil {
		p.shut()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() && !closed {
			p.shot("failed")
		}
		p.shut()
		p.complain()
	})
	p.as(s)
	if _, err := chromedp.Call(ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: ear}); err != nil {
		t.Fatal(err)
	}
	return p
}

// close ends the browser of a page that has one of its own.
func (p *tab) close() { p.shut() }

// hush forgets what was heard before.
func (h *fleet) hush() {
	h.t.Helper()
	ask[bool](h.display.tab, "(window.heard.ms = 0, window.heard.peak = 0, true)")
}

// heard waits until an announcement was long and loud enough to be one, and says how
// long it was. A chime and a call said once take more than three seconds.
func (h *fleet) heard() string {
	h.t.Helper()
	h.display.tab.until("an announcement", "window.heard.ms > 3000")
	peak := ask[float64](h.display.tab, "window.heard.peak")
	if peak < 0.05 || peak > 1 {
		h.t.Errorf("the announcement peaks at %.3f of full scale", peak)
	}
	return fmt.Sprintf("heard %.1f s", ask[float64](h.display.tab, "window.heard.ms / 1000"))
}
