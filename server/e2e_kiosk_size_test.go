package main

import (
	"strings"
	"testing"
)

// tooSmall finds on a kiosk of 1080x1920 what is smaller than a finger or than eyes at
// an arm's length want it: a panel of 24" has 3.6 px a millimetre, so 72 px are 20 mm
// (EN 301 549), and letters of 36 px have capitals of 7.3 mm.
const tooSmall = `(() => {
  const out = [];
  for (const b of document.querySelectorAll('button')) {
    if (!b.checkVisibility()) continue;
    const r = b.getBoundingClientRect();
    if (r.width < 71.5 || r.height < 71.5) out.push('the button ' + (b.innerText || b.ariaLabel) + ' has ' + Math.round(r.width) + 'x' + Math.round(r.height) + ' px');
  }
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = texts.nextNode()); ) {
    const e = n.parentElement;
    if (!n.data.trim() || e.closest('.sr-only, .tools, script, style') || !e.checkVisibility()) continue;
    const px = parseFloat(getComputedStyle(e).fontSize);
    if (px < 35.5) out.push(JSON.stringify(n.data.trim().slice(0, 30)) + ' has ' + px + ' px');
  }
  return out;
})()`

// tooHigh finds controls above the part of the screen that someone who sits reaches.
const tooHigh = `[...document.querySelectorAll('button, a')].filter((b) => b.checkVisibility() && b.getBoundingClientRect().top < innerHeight * (innerHeight > innerWidth ? 0.31 : 0.2)).map((b) => b.innerText || b.ariaLabel)`

// TestFingersAndEyesFindEverythingOnTheKiosk measures every state, upright and wide.
func TestFingersAndEyesFindEverythingOnTheKiosk(t *testing.T) {
	h := openLobby(t, "thuan-hoa")
	p := openTab(t, "kiosk-sizes", kioskScreen)
	p.open(h.url("/gallery?lang=vi"))
	links := ask[[]string](p, `[...document.querySelectorAll('main li a[href^="/gallery/kiosk/"]:not(.s-flip)')].map((a) => a.pathname)`)
	if len(links) < 60 {
		t.Fatalf("the gallery shows %d states of the kiosk only", len(links))
	}
	for _, link := range links {
		p.name = "kiosk-sizes" + strings.TrimPrefix(link, "/gallery/kiosk")
		p.open(h.url(link))
		settled(p)
		for _, s := range ask[[]string](p, tooSmall) {
			t.Errorf("%s: %s", link, s)
		}
		if !ask[bool](p, "document.documentElement.dataset.reach === 'low'") {
			continue
		}
		for _, s := range []screen{kioskScreen, {1280, 800, 1, true}} {
			p.as(s)
			settled(p)
			for _, b := range ask[[]string](p, tooHigh) {
				t.Errorf("%s at %dx%d: %q is out of reach", link, s.width, s.height, b)
			}
		}
		p.as(kioskScreen)
	}
	p.excuse("fixtures/kiosk/missing.svg")
}
