package main

import (
	"fmt"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// level keeps how loud a page is: the root mean square of what reached the loudspeaker
// in the last 40 ms, and each sound that was begun with its end on the audio clock.
const level = `(() => {
  const w = (window.level = { begun: [], now: () => 0, clock: () => 0 });
  const start = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (at, offset, length) {
    if (this.context instanceof AudioContext) w.begun.push({ until: at + length, text: document.querySelector('.caption__text')?.textContent ?? '' });
    return start.call(this, at, offset, length);
  };
  const connect = AudioNode.prototype.connect;
  let ear = null;
  AudioNode.prototype.connect = function (to, ...rest) {
    if (to instanceof AudioDestinationNode && this.context instanceof AudioContext) {
      if (!ear) {
        ear = this.context.createAnalyser();
        ear.fftSize = 2048;
        const data = new Float32Array(ear.fftSize);
        w.clock = () => ear.context.currentTime;
        w.now = () => { ear.getFloatTimeDomainData(data); return Math.sqrt(data.reduce((sum, v) => sum + v * v, 0) / data.length); };
      }
      connect.call(this, ear);
    }
    return connect.call(this, to, ...rest);
  };
  // The loudest moment while f holds, at most ms long.
  w.most = async (ms, f = () => true) => {
    let most = 0;
    for (const end = performance.now() + ms; performance.now() < end && f(); ) {
      await new Promise((next) => setTimeout(next, 15));
      most = Math.max(most, w.now());
    }
    return most;
  };
  // A sentence that lasts, from now on; it goes on until another is begun or it is over.
  w.sentence = async () => {
    const before = w.begun.length;
    let one;
    while (!(one = w.begun.slice(before).find((b) => b.until - w.clock() > 1.9))) await new Promise((next) => setTimeout(next, 10));
    const its = w.begun.length;
    return { goesOn: () => w.begun.length === its && one.until > w.clock() };
  };
})()`

// listenTo opens a kiosk whose loudness is measured.
func listenTo(t testing.TB, h *lobby, name string) *tab {
	t.Helper()
	p := openTab(t, name, kioskScreen)
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: level}); err != nil {
		t.Fatal(err)
	}
	p.open(h.url("/kiosk/" + h.center))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)
	return p
}

// TestTheVolumeChangesInTheMiddleOfASentence turns it down to nothing and up again while
// one sentence is said, by the keys under it and from the server.
func TestTheVolumeChangesInTheMiddleOfASentence(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "thanh-thuy")
	p := listenTo(t, h, "speech-volume")
	p.press("[data-tool=voice]", "")
	got := ask[struct {
		Loud, Mute, Again float64
		Same              bool
	}](p, `(async () => {
  const pause = (ms) => new Promise((next) => setTimeout(next, ms));
  // A key is drawn anew before it can be pressed again.
  const press = async (act) => { for (let n = 0; n < 4; n++) { document.querySelector('[data-act=' + act + ']').click(); await pause(15); } await pause(100); };
  const one = await window.level.sentence();
  const Loud = await window.level.most(450, one.goesOn);
  await press('softer');
  const Mute = await window.level.most(200, one.goesOn);
  await press('louder');
  const Again = await window.level.most(350, one.goesOn);
  return { Loud, Mute, Again, Same: one.goesOn() };
})()`)
	if got.Loud < 0.01 || got.Mute > got.Loud/100 || got.Again < got.Loud/10 || !got.Same {
		t.Errorf("in one sentence (%v) the level was %.4f, turned down %.5f, turned up again %.4f", got.Same, got.Loud, got.Mute, got.Again)
	}
	if at := p.text(".caption__volume"); at != "80%" {
		t.Errorf("the volume stands at %s", at)
	}

	// The centre's own volume is live as well, and another person's number changes nothing.
	p.press("[data-act=softer]", "")
	p.until("60 %", `/60%/.test(document.querySelector('.caption__volume').innerText)`)
	h.issue("chung-thuc")
	p.until("that somebody waits", `/1/.test(document.querySelector('[data-service=chung-thuc] .field-card__foot').innerText)`)
	if at := p.text(".caption__volume"); at != "60%" {
		t.Errorf("when somebody takes a number the volume that was chosen becomes %s", at)
	}
	p.press("[data-act=say-again]", "")
	p.until("speech", `window.level.now() > 0.01`)
	if _, err := h.api.post("/api/v1/centers/"+h.center+"/kiosk-settings", map[string]any{"volume": 0}, "", nil); err != nil {
		t.Fatal(err)
	}
	p.until("0 %", `/\b0%/.test(document.querySelector('.caption__volume').innerText)`)
	if most := ask[float64](p, `new Promise((next) => setTimeout(next, 120)).then(() => window.level.most(400))`); most > 0.001 {
		t.Errorf("turned off from the server its level is %.4f", most)
	}

	// Who comes next finds what the centre set.
	p.press("[data-act=louder]", "")
	p.until("20 %", `/20%/.test(document.querySelector('.caption__volume').innerText)`)
	takeNumber(p, "chung-thuc")
	p.press("[data-act=finish]", "")
	p.until("the fields", `document.querySelector('[data-screen=start]')`)
	p.press("[data-tool=voice]", "")
	p.until("the centre's volume", `/\b0%/.test(document.querySelector('.caption__volume')?.innerText)`)
}

// TestATouchEndsTheSpeechAndAKeyRepeatsIt touches where nothing is, leaves the screen,
// and asks to hear it again.
func TestATouchEndsTheSpeechAndAKeyRepeatsIt(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "duong-no")
	p := listenTo(t, h, "speech-touch")
	quiet := func(what string) {
		t.Helper()
		said := ask[int](p, `new Promise((next) => setTimeout(next, 150)).then(() => window.level.begun.length)`)
		if most := ask[float64](p, `window.level.most(1500)`); most > 0.001 {
			t.Errorf("%s: its level is still %.4f", what, most)
		}
		if more := ask[int](p, `window.level.begun.length`) - said; more > 0 {
			t.Errorf("%s: %d sounds more were begun", what, more)
		}
	}
	first := `window.level.begun.filter((b) => b.text.startsWith('Hôm nay')).length`
	p.press("[data-tool=voice]", "")
	p.until("speech", `window.level.now() > 0.01`)
	at := p.find(".kiosk__head p", "")
	p.do(chromedp.TapXY(at[0], at[1]))
	quiet("after a touch at nothing")
	if text := p.text(".caption__text"); text == "" {
		t.Error("what was being said does not stand in the caption any more")
	}
	once := ask[int](p, first)
	p.press("[data-act=say-again]", "")
	p.until("the first sentence again", fmt.Sprintf(`%s === %d && window.level.now() > 0.01`, first, once+1))

	// Another screen: its words begin, and nothing of the last screen comes after them.
	p.press("[data-act=search]", "")
	p.until("the words of the search", `window.level.begun.at(-1).text.startsWith('Xin gõ')`)
	p.press("[data-act=silent]", "")
	quiet("turned off")
	p.until("no caption", `!document.querySelector('.caption')`)
}

// TestATextWithoutAClipIsShownLarge takes a field's recording out of the pack.
func TestATextWithoutAClipIsShownLarge(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "my-thuong")
	openAll(h)
	p := openTab(t, "speech-unsaid", kioskScreen)
	if _, err := chromedp.Call(p.ctx, cdppage.AddScriptToEvaluateOnNewDocument, cdppage.AddScriptToEvaluateOnNewDocumentParams{Source: tongue + `;
(() => {
  const real = window.fetch;
  window.fetch = async (what, how) => {
    const answer = await real(what, how);
    if (!String(what).endsWith('/texts.json')) return answer;
    const index = await answer.json();
    for (const id in index.clips) if (/^vi-field\.dat-dai/.test(id)) delete index.clips[id];
    return new Response(JSON.stringify(index), { headers: { 'Content-Type': 'application/json' } });
  };
})()`}); err != nil {
		t.Fatal(err)
	}
	p.open(h.url("/kiosk/" + h.center))
	p.until("the fields", `document.querySelectorAll('[data-service]').length === 9`)
	ask[bool](p, tell)
	size := func() float64 {
		return ask[float64](p, `parseFloat(getComputedStyle(document.querySelector('.caption__text')).fontSize)`)
	}
	p.press("[data-tool=voice]", "")
	p.until("a caption", `document.querySelector('.caption__text')?.innerText`)
	usual := size()
	p.until("the field that nobody says", `document.querySelector('.caption__text[data-unsaid]')?.innerText === 'Đất đai'`)
	p.shot("unsaid")
	if large := size(); large <= usual {
		t.Errorf("a text without a clip stands there in %v px, others in %v px", large, usual)
	}
	begun, clips := ask[float64](p, `performance.now()`), ask[int](p, `window.tongue.starts`)
	p.until("the next sentence", `document.querySelector('.caption__text').innerText !== 'Đất đai'`)
	if took := ask[float64](p, `performance.now()`) - begun; took < 1000 {
		t.Errorf("it stands for %.0f ms only", took)
	}
	p.until("the other fields are said", `window.tongue.captions.includes('Chưa rõ thủ tục') && window.tongue.faithful() === ''`)
	if more := ask[int](p, `window.tongue.starts`) - clips; more < 5 {
		t.Errorf("after it only %d sounds were begun", more)
	}
	mute := ask[[]string](p, `window.tongue.unsaid`)
	if len(mute) == 0 || mute[0] != "Đất đai" {
		t.Errorf("without a clip are %q", mute)
	}
}
