package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"moiso/internal/announce"
	"moiso/internal/queue"
	"moiso/internal/voice"
)

// TestAKiosksTextsCanBeReadAloud asks the page's own reader for every text of the
// kiosk, with numbers as they stand there, and for the fields of the demo city. A text
// that was changed and not spoken anew is shown and not read: a few may be, until the
// next make voice.
func TestAKiosksTextsCanBeReadAloud(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	p := openTab(t, "sound-read", displayScreen)
	p.open(s.http.URL + "/display/thuan-hoa")
	p.until("the page", `document.querySelector('.board')`)
	read := `(async () => {
		const { phrasebook } = await import('/assets/js/core/clips.js');
		const index = async (name) => (await fetch('/assets/voice/' + name + '.json')).json();
		const calls = await index('index'), texts = await index('texts');
		window.book = phrasebook({ ...calls, clips: { ...texts.clips, ...calls.clips } });
		return true;
	})()`
	ask[bool](p, read)
	for _, c := range []struct{ lang, text, want string }{
		{"vi", "A042", "vi-a vi-0 vi-4 vi-2"},
		{"vi", "AK1005", "vi-a vi-k vi-1 vi-0 vi-0 vi-5"},
		{"vi", "25", "vi-2 vi-ten vi-five-after-ten"},
		{"en", "13", "en-13"},
		{"vi", "Chứng thực", "vi-field.chung-thuc"},
		{"vi", "chứng thực: 15", "vi-field.chung-thuc vi-10 vi-five-after-ten"},
		{"vi", "10:15", "vi-10 vi-read.hour vi-10 vi-five-after-ten"},
		{"vi", "Một câu không ai ghi", ""},
		{"fr", "A042", ""},
	} {
		b, err := json.Marshal(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := ask[string](p, fmt.Sprintf(`(window.book.say(%s, %q) ?? []).join(' ')`, b, c.lang)); got != c.want {
			t.Errorf("%s in %s is said %q, want %q", c.text, c.lang, got, c.want)
		}
	}
	for _, lang := range announce.Languages {
		all := kioskTexts(t, lang)
		b, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		mute := ask[[]string](p, fmt.Sprintf(`%s.filter((text) => text && !window.book.say(text, %q))`, b, lang))
		t.Logf("%s: %d of %d texts can be read aloud; not: %q", lang, len(all)-len(mute), len(all), mute)
		if len(mute)*10 > len(all) {
			t.Errorf("%d of %d texts in %s cannot be read aloud; make voice speaks them", len(mute), len(all), lang)
		}
	}
}

// kioskTexts are the texts of a kiosk as they stand on its screen, and the demo city's
// fields, but for what the list of scripts/voice leaves out.
func kioskTexts(t *testing.T, lang string) []string {
	t.Helper()
	read := func(name string, into any) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(b, into); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var list struct{ Unspoken []string }
	read("../scripts/voice/texts.json", &list)
	fill := strings.NewReplacer("{n}", "12", "{number}", "A042", "{time}", "13:30", "{m}", "5", "{h}", "2", "{from}", "5", "{to}", "10",
		"{page}", "1", "{pages}", "2", "{counter}", "3")
	var all []string
	for _, area := range []string{"kiosk", "common"} {
		var words map[string]string
		read("../assets/locales/"+lang+"/"+area+".json", &words)
		for key, text := range words {
			if slices.ContainsFunc(list.Unspoken, func(begin string) bool { return strings.HasPrefix(key, begin) }) {
				continue
			}
			// What is left in braces is somebody's own words.
			if text = fill.Replace(text); !strings.Contains(text, "{") {
				all = append(all, text)
			}
		}
	}
	city, err := readDemoCity()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range city.Services {
		for _, text := range []queue.Text{f.Name, f.Hint, f.Where} {
			all = append(all, map[string]string{"vi": text.VI, "en": text.EN}[lang])
		}
	}
	return all
}

// TestTheKioskReadsItsScreenAloud touches "read aloud" and listens at the loudspeaker:
// when each clip begins and ends on the audio clock.
func TestTheKioskReadsItsScreenAloud(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "vy-da")
	p := openTab(t, "sound-kiosk", kioskScreen)
	p.open(h.url("/kiosk/vy-da"))
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	ask[bool](p, `(window.heard = [], AudioBufferSourceNode.prototype.start = ((real) => function (at, offset, length) {
		window.heard.push({ at, until: at + length });
		return real.call(this, at, offset, length);
	})(AudioBufferSourceNode.prototype.start), true)`)
	p.press("[data-tool=voice]", "")
	p.until("several sentences were begun", `window.heard.length >= 6`)
	p.until("the caption", `document.querySelector('.caption__text').innerText.length > 3`)
	p.shot("1-reading")
	type span struct{ At, Until float64 }
	spoken := ask[[]span](p, `window.heard`)
	for i := 1; i < len(spoken); i++ {
		if gap := spoken[i].At - spoken[i-1].Until; gap < voice.Gap-0.001 {
			t.Errorf("clip %d begins %.3f s after the one before it", i, gap)
		}
	}
	// Another screen interrupts: what was begun is not said to its end.
	number, _ := takeNumber(p, "chung-thuc")
	p.until("the number is read", fmt.Sprintf(`document.querySelector('.caption__text').innerText.includes(%q)`, number))
}

// tongue keeps what a kiosk's page says and plays: the captions in order, and of each
// sound that is begun where it lies in its sprite. Sounds are over at once, so that a
// screen of nine fields is read in a second and not in a minute.
const tongue = `(() => {
  const w = (window.tongue = { captions: [], clips: [], unsaid: [], last: '', starts: 0 });
  const real = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (at, offset, length) {
    w.starts++;
    w.clips.push(Math.round(offset * 1000) + '@' + this.buffer.sampleRate);
    return real.call(this, this.context.currentTime, offset, Math.min(length, 0.005));
  };
  const note = () => {
    const e = document.querySelector('.caption__text');
    const text = e?.textContent ?? '';
    if (text && text !== w.last) w.captions.push(text);
    w.last = text;
    if (e?.dataset.unsaid && text !== w.unsaid.at(-1)) w.unsaid.push(text);
  };
  new MutationObserver(note).observe(document, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ['data-unsaid'] });
  w.forget = () => { w.captions = []; w.clips = []; w.unsaid = []; w.armed = false; return true; };
  // The next touch or key ends what is being said; from there on it is kept.
  for (const kind of ['pointerdown', 'keydown']) addEventListener(kind, () => w.armed && w.forget(), { capture: true });
  // Requests of the API wait here, or get another answer.
  w.hold = null;
  w.answer = null;
  const fetched = window.fetch.bind(window);
  window.fetch = async (what, how) => {
    if (/\/api\/v1\/.*tickets/.test(String(what))) {
      if (w.hold) await w.hold;
      if (w.answer) return w.answer();
    }
    return fetched(what, how);
  };
})()`

// tell are the clips that a text is made of, as tongue keeps them, by the page's own
// phrasebook. It is asked after the page has loaded.
const tell = `(async () => {
  const { phrasebook, words } = await import('/assets/js/core/clips.js');
  const { RATE, NEAR_RATE } = await import('/assets/js/core/pack.js');
  const index = async (name) => (await fetch('/assets/voice/' + name + '.json')).json();
  const calls = await index('index'), texts = await index('texts');
  const book = phrasebook({ ...calls, clips: { ...texts.clips, ...calls.clips } });
  const w = window.tongue;
  w.words = (text) => words(text).join(' ');
  w.tell = (text) => (book.say(text, document.documentElement.lang) ?? []).map((id) => {
    const call = calls.clips[id];
    return Math.round((call ?? texts.clips[id]).offset_s * 1000) + '@' + (call ? RATE : NEAR_RATE);
  });
  // A caption may stand twice in a row, as "nobody waits" does, and is then one caption for two.
  w.faithful = () => {
    const all = w.captions.map((c) => w.tell(c).join()).filter(Boolean), played = w.clips.join();
    let at = 0;
    for (const said of all) {
      do {
        if (!played.startsWith(said, at)) return 'after ' + played.slice(0, at) + ' it should play ' + said + ' and plays ' + played.slice(at, at + 60);
        at += said.length + 1;
      } while (played.startsWith(said, at) && all.filter((s) => s === said).length === 1);
    }
    return at >= played.length ? '' : 'nobody wrote down ' + played.slice(at);
  };
  w.unheard = (selectors) => {
    const said = ' ' + w.captions.map((c) => w.words(c)).join(' ') + ' ';
    return selectors.flatMap((sel) => {
      const all = [...document.querySelectorAll(sel)].filter((e) => e.textContent.trim());
      return all.length ? all.map((e) => w.words(e.innerText)).filter((text) => !said.includes(' ' + text + ' ')) : ['nothing at ' + sel];
    });
  };
  return true;
})()`

// hearEverything opens a kiosk's page that keeps what it says.
func hearEverything(t testing.TB, h *lobby, name string) *tab {
	t.Helper()
	p := openTab(t, name, kioskScreen)
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: tongue}); err != nil {
		t.Fatal(err)
	}
	p.open(h.url("/kiosk/" + h.center))
	p.until("the fields", `document.querySelectorAll('[data-service]').length > 1`)
	ask[bool](p, tell)
	return p
}

// reads waits until a screen was read to its end: the texts of all these elements were
// said, and every sentence by the clips that it is made of.
func (p *tab) reads(screen string, selectors ...string) {
	p.t.Helper()
	b, err := json.Marshal(selectors)
	if err != nil {
		p.t.Fatal(err)
	}
	p.until("the screen "+screen, fmt.Sprintf(`document.querySelector('.kiosk[data-screen=%s]')`, screen))
	if !poll(patience/2, func() bool {
		heard, err := tryAsk[bool](p, fmt.Sprintf(`window.tongue.unheard(%s).length === 0 && window.tongue.faithful() === ''`, b))
		return err == nil && heard
	}) {
		p.t.Errorf("%s, %s: not said %q; said %q; unsaid %q; %s", p.name, screen, ask[[]string](p, fmt.Sprintf(`window.tongue.unheard(%s)`, b)),
			ask[[]string](p, `window.tongue.captions`), ask[[]string](p, `window.tongue.unsaid`), ask[string](p, `window.tongue.faithful()`))
	}
	if mute := ask[[]string](p, `window.tongue.unsaid`); len(mute) > 0 {
		p.t.Errorf("%s, %s: there is no clip for %q", p.name, screen, mute)
	}
}

// after forgets what was said before the next touch or key.
func (p *tab) after(do func()) {
	p.t.Helper()
	ask[bool](p, `(window.tongue.armed = true)`)
	do()
	ask[bool](p, `!(window.tongue.armed = false)`)
}

// TestEveryScreenOfTheKioskIsReadAloud goes through all screens in both languages and
// listens at the loudspeaker.
func TestEveryScreenOfTheKioskIsReadAloud(t *testing.T) {
	t.Parallel()
	for lang, center := range map[string]string{"vi": "vy-da", "en": "kim-tra"} {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			walkAloud(t, lang, openLobby(t, center))
		})
	}
}

// openAll opens every counter of the centre.
func openAll(h *lobby) {
	h.t.Helper()
	var c struct{ Counters []struct{ Number int } }
	if _, err := h.api.get("/api/v1/centers/"+h.center, &c); err != nil {
		h.t.Fatal(err)
	}
	for _, k := range c.Counters {
		h.counter(k.Number, "open", nil)
	}
}

func walkAloud(t *testing.T, lang string, h *lobby) {
	h.counter(1, "open", nil)
	earlier := h.issue("chung-thuc")
	if _, err := h.api.post("/api/v1/centers/"+h.center+"/issuing/pause", map[string]string{"service": "ho-tich", "reason": "lỗi hệ thống", "until": "23:59"}, "", nil); err != nil {
		t.Fatal(err)
	}
	p := hearEverything(t, h, "aloud-"+lang)
	p.until("the field that is paused", `document.querySelector('[data-service=ho-tich][data-open=false]')`)
	begin := func() {
		t.Helper()
		p.until("the fields", `document.querySelector('[data-screen=start]')`)
		if lang != "vi" {
			p.press(".languages [lang=en]", "")
			p.until("English", `document.documentElement.lang === 'en'`)
		}
		p.after(func() { p.press("[data-tool=voice]", "") })
	}
	touch := func(sel string) {
		t.Helper()
		p.after(func() { p.press(sel, "") })
	}
	begin()
	p.reads("start", "h1", ".field-card__name", "[data-open=false] .field-card__foot", ".field-card__warn")
	p.shot("1-start")
	touch("[data-act=search]")
	p.reads("search", "h1")
	p.press("[data-act=back]", "")
	touch("[data-service=chung-thuc]")
	p.reads("priority", "h1", ".priority__where b", "h2", ".group__name", ".priority__groups > .muted")

	ask[bool](p, `(window.tongue.hold = new Promise((done) => (window.tongue.go = done)), true)`)
	touch(".priority__plain")
	p.reads("issuing", "h1", ".full > p")
	ask[bool](p, `(window.tongue.forget(), window.tongue.go(), (window.tongue.hold = null), true)`)
	p.reads("done", "h1", ".done__number", ".done__field", ".done__where b", ".facts > div:first-child")
	p.shot("2-done")
	touch("[data-act=cancel]")
	p.reads("done", ".actions--ask p", ".actions--ask button")
	touch("[data-act=cancel-yes]")
	p.reads("cancelled", "h1", ".full > p")
	p.press(".full .btn--primary", "")

	begin()
	ask[bool](p, `((window.tongue.answer = () => new Response(JSON.stringify({ code: 'no_more_numbers' }), { status: 409, headers: { 'Content-Type': 'application/problem+json' } })), true)`)
	p.press("[data-service=chung-thuc]", "")
	touch(".priority__plain")
	p.reads("error", "h1", ".full > p")
	ask[bool](p, `((window.tongue.answer = null), true)`)
	p.press(".full .btn", "")

	begin()
	for _, c := range []struct{ code, screen string }{{"https://so.example.vn/t/0000000000000000", "ticket"}, {"https://example.com/elsewhere", "code"}} {
		p.after(func() { p.scan(c.code, "\n") })
		p.until("what is missing", fmt.Sprintf(`document.querySelector('[data-code=missing-%s]')`, c.screen))
		p.reads("missing", "h1", ".full > p")
	}
	p.excuse("status of 404")
	ask[bool](p, `(window.tongue.hold = new Promise((done) => (window.tongue.go = done)), true)`)
	p.after(func() { p.scan("HTTPS://SO.EXAMPLE.VN/T/"+earlier.ID, "\n") })
	p.reads("looking", "h1")
	ask[bool](p, `(window.tongue.forget(), window.tongue.go(), (window.tongue.hold = null), true)`)
	p.reads("found", ".upper > .muted", ".done__number", "h1", ".found__state b", ".found__state span")
	h.counter(1, "call-next", nil)
	p.after(func() { p.scan("HTTPS://SO.EXAMPLE.VN/T/"+earlier.ID, "\n") })
	p.until("that it is called", `document.querySelector('.found__state[data-state=called]')`)
	p.reads("found", ".found__state b", ".found__state span")
	p.press("[data-act=finish]", "")

	walkLimit(p, h, lang)

	p.serverGoes()
	h.p.kill()
	p.until("that the server is away", `document.querySelector('.kiosk[data-screen=away]')`)
	p.reads("away", "h1", ".full > p")
	p.shot("3-away")
}

// walkLimit takes one number more than a sitting allows. By script, because a slow
// machine would give a next person time to step up.
func walkLimit(p *tab, h *lobby, lang string) {
	p.t.Helper()
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	if _, err := h.api.post("/api/v1/centers/"+h.center+"/kiosk-settings", map[string]any{"session_limit": 1}, "", nil); err != nil {
		p.t.Fatal(err)
	}
	takeNumber(p, "chung-thuc")
	ask[bool](p, fmt.Sprintf(`(async () => {
  const seen = (sel) => new Promise((done) => { const t = setInterval(() => { const e = document.querySelector(sel); if (e) { clearInterval(t); done(e); } }, 5); });
  document.querySelector('[data-act=finish]').click();
  (await seen('[data-screen=start] .languages [lang=%s]')).click();
  (await seen('html[lang=%s] [data-tool=voice]')).click();
  window.tongue.forget();
  (await seen('[data-service=chung-thuc]')).click();
  return true;
})()`, lang, lang))
	p.reads("limit", "h1", ".full > p")
	p.press("[data-act=to-start]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	p.press(".languages [lang="+lang+"]", "")
	p.press("[data-tool=voice]", "")
}
