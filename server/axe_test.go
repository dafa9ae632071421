package main

import (
	_ "embed"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// axeSource is axe-core, by which the pages are held to WCAG 2.2 AA.
//
//go:embed testdata/axe/axe.min.js
var axeSource string

// axeRun answers a line for each thing that breaks a rule, and what it breaks.
const axeRun = `(async (only) => {
  const r = await axe.run(document, { resultTypes: ['violations'], runOnly: only.length ? { type: 'rule', values: only } : ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] });
  return r.violations.flatMap((v) => v.nodes.map((n) => v.id + ': ' + n.target.join(' ') + ': ' + (n.failureSummary ?? '').replace(/\s+/g, ' ').slice(0, 240)));
})`

// bringAxe gives axe to every page that the tab opens from now on, which is cheaper than
// sending it to each.
func bringAxe(p *tab) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: axeSource}); err != nil {
		p.t.Fatal(err)
	}
}

// barriers holds the page before the person to the rules of accessibility, or to some.
func barriers(p *tab, how string, rules ...string) {
	p.t.Helper()
	if !ask[bool](p, "typeof axe === 'object'") { // bringAxe was not asked
		ask[bool](p, axeSource+"\n;true")
	}
	only, err := json.Marshal(append([]string{}, rules...))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, line := range ask[[]string](p, axeRun+"("+string(only)+")") {
		p.t.Errorf("%s%s: %s", p.name, how, line)
	}
}

// keyForm is what a text looks like whose words were not found.
var keyForm = regexp.MustCompile(`(?m)(?:^|\s)(` + localeAreas() + `)\.[a-z_]+[a-z_.]*(?:\s|$)`)

// localeAreas are the first parts of all keys.
func localeAreas() string {
	seen := map[string]bool{}
	names, err := filepath.Glob("../assets/locales/vi/*.json")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var keys map[string]string
		if err := json.Unmarshal(b, &keys); err != nil {
			panic(err)
		}
		for k := range keys {
			area, _, dotted := strings.Cut(k, ".")
			if dotted {
				seen[area] = true
			}
		}
	}
	var areas []string
	for a := range seen {
		areas = append(areas, a)
	}
	slices.Sort(areas)
	return strings.Join(areas, "|")
}

// flaws of a page that no person should see, whatever it is about.
func flaws(p *tab) {
	p.t.Helper()
	body := ask[string](p, "document.body.innerText")
	if m := keyForm.FindString(body); m != "" {
		p.t.Errorf("%s shows the key %q instead of words", p.name, strings.TrimSpace(m))
	}
	if m := regexp.MustCompile(`\{\w+\}|undefined|\bNaN\b|\[object|Invalid Date`).FindString(body); m != "" && !strings.Contains(p.name, "docs") {
		p.t.Errorf("%s shows %q", p.name, m)
	}
	if w := ask[[]float64](p, "[document.scrollingElement.scrollWidth, innerWidth]"); w[0] > w[1] {
		p.t.Errorf("%s is %v px wide on a screen of %v", p.name, w[0], w[1])
	}
	if cut := ask[[]string](p, cutOff); len(cut) > 0 {
		p.t.Errorf("%s cuts off: %s", p.name, strings.Join(cut, " | "))
	}
}

// cutOff finds words that leave the screen or the box that hides what overflows, with
// neither a way to scroll there nor an ellipsis to say that there is more.
const cutOff = `(() => {
  const out = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = texts.nextNode()); ) {
    const words = n.data.trim(), e = n.parentElement;
    if (!words || e.closest('.sr-only, .s-vh, .vh, [hidden], script, style, noscript, option, template')) continue;
    const range = document.createRange();
    range.selectNodeContents(n);
    const r = range.getBoundingClientRect();
    if (!r.width || !r.height || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    for (let box = e; box && box !== document.documentElement; box = box.parentElement) {
      const s = getComputedStyle(box), b = box.getBoundingClientRect();
      if (s.position === 'fixed') break;
      if (s.textOverflow === 'ellipsis' || s.webkitLineClamp !== 'none' || /auto|scroll/.test(s.overflow + s.overflowX + s.overflowY)) break;
      const hides = /hidden|clip/.test(s.overflowX + s.overflowY);
      if (hides && (r.left < b.left - 2 || r.right > b.right + 2 || r.top < b.top - r.height / 2 || r.bottom > b.bottom + r.height / 3)) {
        out.push(words.slice(0, 40) + ' in ' + box.tagName.toLowerCase() + '.' + box.className);
        break;
      }
    }
  }
  return out;
})()`

// settled waits until the page has drawn itself and its type has come.
func settled(p *tab) {
	p.t.Helper()
	p.until("the page has drawn itself", `document.readyState === 'complete' && document.body && !document.querySelector('#app > .boot') && document.fonts.status === 'loaded'`)
	ask[bool](p, "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
}

// screenOf is the screen on which people meet a page of the gallery.
func screenOf(page, state string) screen {
	switch page {
	case "kiosk":
		return kioskScreen
	case "display":
		switch {
		case strings.Contains(state, "portrait"):
			return uprightScreen
		case strings.HasPrefix(state, "own"):
			return ownScreen
		}
		return displayScreen
	case "counter":
		return deskScreen
	case "ticket", "assist":
		return phoneScreen
	}
	return deskScreen
}

// TestNoPageStandsInAnyonesWay holds every state of every page, in both languages, to
// WCAG 2.2 AA, to its console, to its width and to its words, and a kiosk's also to
// fingers and eyes at an arm's length.
func TestNoPageStandsInAnyonesWay(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thuan-hoa")
	index := openTab(t, "gallery-index", deskScreen)
	index.open(h.url("/gallery?lang=vi"))
	links := ask[[]string](index, `[...document.querySelectorAll('main li a[href^="/gallery/"]:not(.s-flip)')].map((a) => a.pathname)`)
	if len(links) < 100 {
		t.Fatalf("the gallery shows %d states only", len(links))
	}

	// One person looks, all the while that the other tests wait for voices and processes: a
	// second one would take the processor from them.
	places := &corners{first: map[string][]int{}}
	p := openTab(t, "gallery", deskScreen)
	bringAxe(p)
	for i, link := range links {
		parts := strings.Split(link, "/")
		for _, lang := range []string{"vi", "en"} {
			lookAt(p, h.url(link), parts[2], parts[3], lang)
			// More contrast changes few colours: axe looks at a third of those, and at all
			// with MOISO_SOAK=1.
			if lang == "vi" && (i%3 == 0 || os.Getenv("MOISO_SOAK") != "") {
				p.media("prefers-reduced-motion", "reduce", "prefers-contrast", "more")
				barriers(p, " with more contrast", "color-contrast")
			}
			if parts[2] == "kiosk" {
				fingersAndEyes(p, places)
			}
		}
	}
}

// lookAt looks at one state of one page in one language. The picture of each is kept on
// demand (MOISO_PICTURES=1), and of what follows a fault always.
func lookAt(p *tab, address, page, state, lang string) {
	p.t.Helper()
	p.name = "gallery/" + page + "-" + state + "-" + lang
	if s := screenOf(page, state); s != p.s {
		p.as(s)
	}
	p.media("prefers-reduced-motion", "reduce")
	p.open(address + "?lang=" + lang)
	settled(p)
	if got := ask[string](p, "document.documentElement.lang"); got != lang {
		p.t.Errorf("%s says that it is in %q", p.name, got)
	}
	flaws(p)
	barriers(p, "")
	if p.t.Failed() || os.Getenv("MOISO_PICTURES") != "" || os.Getenv("MOISO_SOAK") != "" {
		keepPicture(p.t, p.name, p.picture())
	}
	p.excuse("fixtures/kiosk/missing.svg") // the state of a code that does not come
}
