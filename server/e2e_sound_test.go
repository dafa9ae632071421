package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"moiso/internal/announce"
	"moiso/internal/view"
	"moiso/internal/voice"
)

// envelope is a sound as a browser renders it: the level of each 10 ms in dBFS, and
// the highest sample of all.
type envelope struct {
	Seconds float64   `json:"seconds"`
	Levels  []float64 `json:"levels"`
	Peak    float64   `json:"peak"`
}

// rendered has a page render parts of an announcement through an OfflineAudioContext:
// the same clips, at the same places, as the loudspeaker plays.
func rendered(p *tab, parts [][]string) envelope {
	p.t.Helper()
	b, err := json.Marshal(parts)
	if err != nil {
		p.t.Fatal(err)
	}
	return ask[envelope](p, `(async () => {
		const sound = await window.moiso.sound.voice.render(`+string(b)+`);
		const x = sound.getChannelData(0), step = Math.round(sound.sampleRate / 100), levels = [];
		let peak = 0;
		for (let at = 0; at < x.length; at += step) {
			let sum = 0;
			const end = Math.min(x.length, at + step);
			for (let i = at; i < end; i++) { sum += x[i] * x[i]; peak = Math.max(peak, Math.abs(x[i])); }
			levels.push(10 * Math.log10(sum / (end - at) + 1e-12));
		}
		return { seconds: sound.duration, levels, peak };
	})()`)
}

func (e envelope) mean(from, to float64) float64 {
	a, b := max(0, int(math.Ceil(from*100))), min(len(e.Levels), int(to*100))
	sum := 0.0
	for _, l := range e.Levels[a:max(a+1, b)] {
		sum += math.Pow(10, l/10)
	}
	return 10 * math.Log10(sum/float64(max(1, b-a)))
}

func (e envelope) top(from, to float64) float64 {
	return slices.Max(e.Levels[max(0, int(math.Ceil(from*100))):max(1, min(len(e.Levels), int(to*100)))])
}

// TestAnAnnouncementSoundsWhenItShould renders calls in Chromium, from the WebM and from
// the MP3, and looks for each word where the index says that it is.
func TestAnAnnouncementSoundsWhenItShould(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "phu-xuan")
	pack, err := voice.Default(voice.Calls)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{pack.WebM, pack.MP3} {
		p := openTab(t, "sound-"+form, displayScreen)
		p.open(h.url("/display/phu-xuan"))
		p.until("the page", `window.moiso?.sound?.voice`)
		if form == pack.MP3 {
			// An old Safari cannot decode Opus in WebM.
			ask[bool](p, `(window.fetch = ((real) => (url, ...more) => String(url).endsWith('.webm') ? Promise.reject(new TypeError('no WebM here')) : real(url, ...more))(window.fetch), true)`)
		}
		for _, c := range []announce.Call{{Number: "A042", Counter: 3}, {Number: "AK012", Counter: 25}, {Number: "H1005", Counter: 40, Again: true}} {
			a := announce.Of(c, announce.Style{Repeats: 2})
			parts := [][]string{}
			for _, part := range a.Parts {
				parts = append(parts, part.Clips)
			}
			heard := rendered(p, parts)
			if heard.Peak > voice.Gain(voice.PeakLimit) {
				t.Errorf("%s, %s: the highest sample is %.2f dBFS", form, c.Number, 20*math.Log10(heard.Peak))
			}
			at := 0.0
			for _, part := range parts {
				for i, id := range part {
					clip := pack.Clips[id]
					if i > 0 {
						// The middle of the gap: a word may fade into its ends.
						if l := heard.mean(at-voice.Gap+0.04, at-0.04); l > -60 {
							t.Errorf("%s, %s: there is sound of %.0f dBFS before %s at %.2f s", form, c.Number, l, id, at)
						}
					}
					if l := heard.mean(at, at+clip.Duration); l < -30 || l > -9 {
						t.Errorf("%s, %s: %s at %.2f s has %.0f dBFS", form, c.Number, id, at, l)
					}
					// It begins and ends where it should, to 50 ms.
					if b, e := heard.top(at, at+0.06), heard.top(at+clip.Duration-0.09, at+clip.Duration); b < -55 || e < -55 {
						t.Errorf("%s, %s: %s at %.2f s begins with %.0f and ends with %.0f dBFS", form, c.Number, id, at, b, e)
					}
					at += clip.Duration + voice.Gap
				}
				at += voice.Pause - voice.Gap
			}
			if math.Abs(heard.Seconds-at) > 0.01 {
				t.Errorf("%s, %s: it takes %.2f s, want %.2f", form, c.Number, heard.Seconds, at)
			}
			chime, word := heard.top(0, pack.Clips["chime"].Duration), heard.mean(pack.Clips["chime"].Duration+voice.Gap, pack.Clips["chime"].Duration+voice.Gap+1)
			if chime < word {
				t.Errorf("%s, %s: the chime has %.0f dBFS at its highest, the words %.0f", form, c.Number, chime, word)
			}
		}
	}
}

// TestTwoScreensOfAHallSpeakWithOneVoice turns the sound on in two screens, calls, and
// takes the speaker away.
func TestTwoScreensOfAHallSpeakWithOneVoice(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "an-cuu")
	h.counter(1, "open", nil)
	h.api.setVoice(t, h.center, `{"voice":{"languages":["vi"],"repeats":1}}`)
	a, b := openTab(t, "sound-a", displayScreen), openTab(t, "sound-b", displayScreen)
	for _, p := range []*tab{a, b} {
		p.open(h.url("/display/an-cuu"))
		p.until("it says that the sound is blocked", `document.querySelector('[data-sound=blocked]')`)
		p.shot("1-blocked")
		p.press("[data-sound=blocked]", "")
		p.until("there is sound", `!document.querySelector('[data-sound]') && window.moiso.sound.state.value === 'on'`)
	}
	const speaks, said = `window.moiso.sound.talk.speaker.value`, `window.moiso.sound.talk.said`
	a.until("the first screen speaks", speaks)
	for range 2 {
		h.issue("chung-thuc")
	}
	first := h.counter(1, "call-next", nil).Number
	a.until("it is speaking", `window.moiso.sound.voice.speaking.value`)
	if ask[bool](b, speaks) {
		t.Error("both screens speak")
	}
	a.until("the call "+first+" was said", said+".length === 1")
	b.until("the other knows of the call", fmt.Sprintf("document.querySelector('section.call[data-number=%s]')", first))

	// The speaker vanishes without a word: the other waits for the lease, and repeats nothing.
	ask[bool](a, `(window.removeEventListener('pagehide', () => {}), window.fetch = () => new Promise(() => {}), true)`)
	b.until("the other takes over", speaks)
	second := h.counter(1, "call-next", map[string]bool{"finish": true}).Number
	b.until("it says the second call "+second, said+".length === 1")
	if all, want := append(ask[[]int](a, said), ask[[]int](b, said)...), h.called(); !slices.Equal(all, want) {
		t.Errorf("the hall heard the calls %v, want %v", all, want)
	}
	for _, p := range []*tab{a, b} {
		p.excuse("the server is away")
	}
}

// TestAScreenObeysItsCentreAboutSound changes the settings while the screen runs.
func TestAScreenObeysItsCentreAboutSound(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "huong-tra")
	h.counter(1, "open", nil)
	p := openTab(t, "sound-settings", displayScreen)
	p.open(h.url("/display/huong-tra"))
	p.until("it says that the sound is blocked", `document.querySelector('[data-sound=blocked]')`)
	p.press("[data-sound=blocked]", "")
	p.until("it speaks", `window.moiso.sound.talk.speaker.value`)

	h.api.setVoice(t, h.center, `{"voice":{"off":true}}`)
	p.until("it says that sound is off", `document.querySelector('[data-sound=off]')`)
	p.until("it gives up the lease", `!window.moiso.sound.talk.speaker.value`)
	h.issue("chung-thuc")
	h.counter(1, "call-next", nil)
	p.until("the call is shown", `document.querySelector('section.call--fresh')`)

	h.api.setVoice(t, h.center, `{"voice":{"quiet":[{"from":"00:00","to":"12:00"},{"from":"12:00","to":"00:00"}]}}`)
	p.until("it says that these are quiet hours", `document.querySelector('[data-sound=quiet]')`)
	p.shot("quiet")
	if said := ask[int](p, `window.moiso.sound.talk.said.length`); said != 0 {
		t.Errorf("%d calls were spoken", said)
	}

	ask[bool](p, `(window.clips = 0, AudioBufferSourceNode.prototype.start = ((real) => function (...a) { window.clips++; return real.apply(this, a); })(AudioBufferSourceNode.prototype.start), true)`)
	h.api.setVoice(t, h.center, `{"voice":{"chime_only":true,"volume":30}}`)
	p.until("it speaks again", `window.moiso.sound.talk.speaker.value && !document.querySelector('[data-sound]')`)
	h.issue("chung-thuc")
	h.counter(1, "call-next", map[string]bool{"finish": true})
	p.until("the next call was announced", fmt.Sprintf(`window.moiso.sound.talk.said.at(-1) === %d`, h.called()[1]))
	if got := ask[[]int](p, `[window.clips, window.moiso.sound.talk.said.length]`); got[0] != got[1] {
		t.Errorf("chime only played %d clips for %d calls", got[0], got[1])
	}
	// The summary at the door does not speak, nor say that it does not.
	p.open(h.url("/display/huong-tra?layout=summary"))
	p.until("the summary", `document.querySelector('.board[data-face=summary]')`)
	if ask[bool](p, `window.moiso.sound.state.value !== 'none' || !!document.querySelector('[data-sound]')`) {
		t.Error("the summary has something to say about sound")
	}
}

// stand is a loudspeaker and a server that do what the test says, for display/speech.js.
const stand = `(async () => {
	const { speech } = await import('/assets/js/display/speech.js');
	const { signal } = await import('/assets/js/core/dom.js');
	const w = (window.stand = { log: [], running: 0, most: 0, ask: [], wishes: [], lease: { speaker: true }, claim: () => 'yours', style: { languages: ['vi', 'en'], repeats: 2 } });
	const voice = {
		state: signal('on'), setVolume() {}, stop() { w.stop?.(); },
		async play(parts, may) {
			if (w.broken) return 'failed';
			if (!(await may(0, 3))) return 'done';
			w.running++; w.most = Math.max(w.most, w.running);
			return new Promise((over) => {
				let n = 0;
				const end = (how) => { w.running--; w.step = w.stop = null; over(how); };
				const begin = () => w.log.push(parts[n].join(' '));
				w.stop = () => end('stopped');
				w.fail = () => end('failed');
				w.step = async () => { n++; if (n === parts.length || !(await may(n, 3))) return end('done'); begin(); };
				begin();
			});
		},
	};
	w.voice = voice;
	const parts = (c, s, waiting) => (waiting >= 2 ? ['vi'] : ['vi', 'en', 'vi', 'en']).concat(waiting >= 2 && c.language === 'en' ? ['en'] : []).map((language) => ({ language, clips: [language + c.call] }));
	w.talk = speech({ voice, style: () => w.style, words: async (c, s, waiting) => { w.ask.push(waiting); return parts(c, s, waiting); },
		lease: async (wish) => {
			w.wishes.push(wish);
			if (w.lease instanceof Error) throw w.lease;
			if (wish.release) return w.lease && { speaker: false, lease_s: 0 };
			return w.lease ? { lease_s: w.lease.speaker ? 10 : 0, ...w.lease, ...(w.lease.speaker && wish.call ? { claim: w.claim(wish.call) } : {}) } : null;
		} });
	w.call = (call, ageS = 0, more = {}) => ({ call, number: 'A' + call, counter: 1, at: new Date(Date.now() - ageS * 1000).toISOString(), ...more });
	w.settle = () => new Promise((done) => setTimeout(done, 20));
	w.claims = () => w.wishes.filter((wish) => wish.call).map((wish) => wish.call).join();
	await w.talk.renew();
	return true;
})()`

// onStand runs a story before a fresh stand and gives what was said, in order.
func onStand(t *testing.T, s *stage, name, story string) []string {
	t.Helper()
	p := openTab(t, name, displayScreen)
	p.open(s.http.URL + "/display/thuan-hoa")
	p.until("the page", `document.querySelector('.board')`)
	ask[bool](p, stand)
	log := ask[[]string](p, `(async () => { const w = window.stand, talk = w.talk; const step = async () => { w.step?.(); await w.settle(); }; `+story+`; return w.log.map(String); })()`)
	p.excuse("could not be heard")
	if most := ask[int](p, `window.stand.most`); most > 1 {
		t.Errorf("%s: %d at once", name, most)
	}
	return log
}

func TestCallsAreSpokenOneAfterTheOther(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	for _, c := range []struct{ name, story, want string }{
		{"each in turn, twice and in both languages", `
			talk.hear(w.call(1)); await w.settle(); for (let i = 0; i < 4; i++) await step();
			talk.hear(w.call(2)); await w.settle(); for (let i = 0; i < 4; i++) await step();`, "vi1 en1 vi1 en1 vi2 en2 vi2 en2"},
		{"the same call is not said again", `
			talk.hear(w.call(1)); await w.settle(); for (let i = 0; i < 4; i++) await step();
			talk.hear(w.call(1)); talk.hear(w.call(0)); await w.settle();`, "vi1 en1 vi1 en1"},
		{"when two wait, once and in the first language", `
			for (let n = 1; n <= 4; n++) talk.hear(w.call(n)); await w.settle();
			for (let i = 0; i < 20; i++) await step();`, "vi1 vi2 vi3 en3 vi3 en3 vi4 en4 vi4 en4"},
		{"a ticket in English also in English, when two come meanwhile", `
			talk.hear(w.call(1, 0, { language: 'en' })); await w.settle();
			talk.hear(w.call(2)); talk.hear(w.call(3)); talk.hear(w.call(4)); await step(); await step();`, "vi1 en1 vi2"},
		{"older than a minute: shown, not spoken", `
			talk.hear(w.call(1)); await w.settle(); talk.hear(w.call(2, 61)); talk.hear(w.call(3, 50));
			for (let i = 0; i < 4; i++) await step();`, "vi1 en1 vi1 en1 vi3"},
		{"what was taken back while it waited is not said", `
			talk.hear(w.call(1)); talk.hear(w.call(2)); await w.settle();
			talk.take({ epoch: 'e', last_call: 2, calls: [w.call(1)] });
			for (let i = 0; i < 4; i++) await step();`, "vi1 en1 vi1 en1"},
		{"what is taken back while it is said breaks off", `
			talk.hear(w.call(1)); await w.settle();
			talk.take({ epoch: 'e', last_call: 1, calls: [] }); await w.settle();
			talk.hear(w.call(2)); await w.settle();`, "vi1 vi2"},
		{"a screen that is not the speaker is silent, and says what nobody has when it takes over", `
			w.lease = { speaker: false }; await talk.renew();
			talk.hear(w.call(1)); talk.hear(w.call(2)); await w.settle();
			w.claim = (n) => (n === 1 ? 'taken' : 'yours'); w.lease = { speaker: true }; await talk.renew(); await w.settle();`, "vi2"},
		{"the server is away: what was begun is said to its end", `
			talk.hear(w.call(1)); await w.settle(); w.lease = null; await talk.renew();
			for (let i = 0; i < 4; i++) await step();`, "vi1 en1 vi1 en1"},
		{"the server is away: nothing is begun, and all is said when it is back", `
			w.lease = null; talk.hear(w.call(1)); talk.hear(w.call(2)); await w.settle(); await talk.renew(); w.log.push('back');
			w.lease = { speaker: true }; await talk.renew(); await w.settle(); for (let i = 0; i < 4; i++) await step();`, "back vi1 en1 vi1 en1 vi2"},
		{"the server is away for a minute: nothing is said any more", `
			w.lease = null; talk.hear(w.call(1, 59.9)); await w.settle(); await new Promise((done) => setTimeout(done, 150));
			w.lease = { speaker: true }; await talk.renew(); await w.settle();`, ""},
		{"a claim whose answer was lost is made again under the same number", `
			w.lease = null; talk.hear(w.call(1)); await w.settle(); w.lease = { speaker: true }; await talk.renew(); await w.settle();
			w.log.push('claims ' + w.claims(), w.wishes.map((wish) => wish.seq).join() === w.wishes.map((_, n) => n + 1).join());`, "vi1 claims 1,1 true"},
		{"what was shown before the page was loaded is asked for too, in its place", `
			talk.hear(w.call(3)); w.claim = (n) => (n === 1 ? 'taken' : 'yours'); talk.recover([w.call(1), w.call(2), w.call(3)]); await w.settle();
			for (let i = 0; i < 4; i++) await step(); w.log.push('claims ' + w.claims());`, "vi3 vi2 en2 vi2 en2 claims 3,1,2"},
		{"the server calls it too old", `
			w.claim = () => 'over'; talk.hear(w.call(1)); await w.settle(); w.claim = () => 'yours'; talk.hear(w.call(2)); await w.settle(); await talk.renew();`, "vi2"},
		{"what another had claimed and hands back is said", `
			w.claim = () => 'taken'; talk.hear(w.call(1)); await w.settle(); w.claim = () => 'yours'; await talk.renew(); await w.settle(); w.log.push('back');
			w.lease = { speaker: true, back: [1] }; await talk.renew(); await w.settle();`, "back vi1"},
		{"what was claimed in vain is handed back once the lease is gone", `
			w.lease = null; talk.hear(w.call(1)); await w.settle(); w.lease = { speaker: false }; await talk.renew(); await talk.renew();
			w.log.push(JSON.stringify(w.wishes.slice(-2).map((wish) => wish.back ?? [])));`, "[[1],[]]"},
		{"what was begun is not handed back", `
			talk.hear(w.call(1)); await w.settle(); w.lease = { speaker: false }; await talk.renew(); await talk.renew();
			w.log.push(w.wishes.some((wish) => wish.back));`, "vi1 false"},
		{"nothing is begun that the lease does not outlast", `
			w.lease = { speaker: true, lease_s: 2 }; await talk.renew(); talk.hear(w.call(1)); await w.settle(); w.log.push('renewed');
			w.lease = { speaker: true }; await talk.renew(); await w.settle();`, "renewed vi1"},
		{"a lease that ends breaks off what is said", `
			w.lease = { speaker: true, lease_s: 3.6 }; await talk.renew(); talk.hear(w.call(1)); await w.settle();
			w.lease = null; await new Promise((done) => setTimeout(done, 3300)); w.log.push(w.running, talk.speaker.value);`, "vi1 0 false"},
		{"a clock that jumped while the machine slept ends the lease", `
			const wall = Date.now; Date.now = () => wall() + 20_000; talk.hear({ ...w.call(1) }); w.lease = null; await talk.renew(); await w.settle();
			Date.now = wall; w.log.push(talk.speaker.value);`, "false"},
		{"a loudspeaker that fails leaves the hall to another, and the call with it", `
			w.broken = true; talk.hear(w.call(1)); await w.settle(); const last = w.wishes.at(-1);
			w.log.push(last.release, JSON.stringify(last.back), talk.speaker.value); await talk.renew(); w.log.push(w.wishes.at(-1) === last);`, "true [1] false true"},
		{"a loudspeaker that fails in the middle of the first sentence hands the call back", `
			talk.hear(w.call(1)); await w.settle(); w.fail(); await w.settle(); const last = w.wishes.at(-1);
			w.log.push(last.release, JSON.stringify(last.back), talk.said.length);`, "vi1 true [1] 0"},
		{"what was said once before the loudspeaker failed is not said again", `
			talk.hear(w.call(1)); await w.settle(); await step(); w.fail(); await w.settle();
			w.log.push(w.wishes.at(-1).release, w.wishes.some((wish) => wish.back), talk.said.length);`, "vi1 en1 true false 1"},
		{"the server is away: the others stay silent", `
			w.lease = { speaker: false }; await talk.renew(); w.lease = null; await talk.renew();
			talk.hear(w.call(1)); await w.settle();`, ""},
		{"another has taken over: it breaks off", `
			talk.hear(w.call(1)); await w.settle(); w.lease = { speaker: false }; await talk.renew(); await w.settle();
			talk.hear(w.call(2)); await w.settle();`, "vi1"},
		{"a screen that nobody let in speaks for itself", `
			w.lease = { speaker: false }; await talk.renew(); w.lease = new Error('401'); await talk.renew();
			talk.hear(w.call(1)); await w.settle();`, "vi1"},
		{"without sound it gives the lease back", `
			w.voice.state.value = 'blocked'; await talk.renew(); talk.hear(w.call(1)); await w.settle();
			if (!w.wishes.some((wish) => wish.release)) w.log.push('kept');`, ""},
		{"turned off it says nothing", `
			w.style.off = true; await talk.renew(); talk.hear(w.call(1)); await w.settle();`, ""},
		{"after a restore the numbers begin anew", `
			talk.take({ epoch: 'e1', last_call: 40, calls: [] }); talk.hear(w.call(40)); await w.settle(); for (let i = 0; i < 4; i++) await step();
			talk.take({ epoch: 'e2', last_call: 3, calls: [] }); talk.hear(w.call(4)); await w.settle();`, "vi40 en40 vi40 en40 vi4"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(onStand(t, s, "speech", c.story), " "); got != c.want {
				t.Errorf("it said %q, want %q", got, c.want)
			}
		})
	}
}

// TestACentreSpeaksWithItsOwnVoice runs a display program with a folder of recordings:
// they are heard in their places, and the pack's words in the others.
func TestACentreSpeaksWithItsOwnVoice(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "kim-long")
	pack, err := voice.Default(voice.Calls)
	if err != nil {
		t.Fatal(err)
	}
	// A tone is not a word, but it cannot be mistaken for another's.
	own := voice.Sound{Rate: 44100, Samples: make([]float64, 44100)}
	for i := range own.Samples {
		own.Samples[i] = voice.Gain(voice.Loudness+3.01) * math.Sin(2*math.Pi*997*float64(i)/44100)
	}
	dir := t.TempDir()
	for name, b := range map[string][]byte{"vi-a.wav": own.WAV(), "vi-4.wav": own.WAV(), "vi-2.wav": []byte("torn")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	at := startDevice(t, "display", "", "-server", h.p.url, "-center", h.center, "-listen", "127.0.0.1:0", "-data", t.TempDir(), "-voice", dir)
	p := openTab(t, "sound-own", displayScreen)
	p.open(at)
	p.until("the page", `window.moiso?.sound?.voice`)
	ids := announce.Of(announce.Call{Number: "A042", Counter: 3}, announce.Style{Languages: []string{"vi"}, Repeats: 1}).Clips
	heard := rendered(p, [][]string{ids})
	from := 0.0
	for _, id := range ids {
		length := pack.Clips[id].Duration
		recorded := id == "vi-a" || id == "vi-4"
		if recorded {
			length = 1
		}
		levels := heard.Levels[int(from*100)+5 : int((from+length)*100)-5]
		// A tone stands still; no word does.
		if steady := slices.Max(levels)-slices.Min(levels) < 1; steady != recorded {
			t.Errorf("%s at %.2f s lies between %.0f and %.0f dBFS; own recording: %v", id, from, slices.Min(levels), slices.Max(levels), recorded)
		}
		from += length + voice.Gap
	}

	// A recording that vanishes while the screen runs: the pack's voice says all of it.
	if err := os.Remove(filepath.Join(dir, "vi-4.wav")); err != nil {
		t.Fatal(err)
	}
	p.open(at)
	p.until("the page", `window.moiso?.sound?.voice`)
	again := rendered(p, [][]string{ids})
	p.excuse("recordings of this centre cannot be used")
	p.excuse("status of 404")
	want := -voice.Gap + voice.Pause
	for _, id := range ids {
		want += pack.Clips[id].Duration + voice.Gap
	}
	if math.Abs(again.Seconds-want) > 0.02 {
		t.Errorf("without a recording that was there it takes %.2f s, want the pack's %.2f", again.Seconds, want)
	}
}

// TestTheServerKnowsWhetherAScreenIsHeard follows what a screen's page says of its sound
// to the list of devices.
func TestTheServerKnowsWhetherAScreenIsHeard(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "hoa-chau")
	token := h.admit("display", "sảnh")
	h.start()
	at := startDevice(t, "display", "MOISO_TOKEN="+token, "-server", h.p.url, "-center", h.center, "-listen", "127.0.0.1:0", "-data", t.TempDir())
	p := openTab(t, "sound-health", displayScreen)
	p.open(at)
	var last view.Health
	reports := func(what string, right func(view.Health) bool) {
		t.Helper()
		if !poll(patience, func() bool {
			var out struct{ Devices []view.Device }
			if _, err := h.api.get("/api/v1/devices?center="+h.center, &out); err != nil || len(out.Devices) != 1 || out.Devices[0].Health == nil {
				return false
			}
			last = *out.Devices[0].Health
			return right(last)
		}) {
			t.Fatalf("the server does not know that %s; it knows %+v", what, last)
		}
	}
	reports("the sound is blocked", func(k view.Health) bool { return k.Sound == "blocked" && !k.Speaker })
	p.press("[data-sound=blocked]", "")
	reports("the screen speaks", func(k view.Health) bool { return k.Sound == "on" && k.Speaker })
	h.api.setVoice(t, h.center, `{"voice":{"off":true}}`)
	reports("the sound is off", func(k view.Health) bool { return k.Sound == "off" && !k.Speaker })
}

// setVoice sets how a centre's screens speak.
func (c *caller) setVoice(t testing.TB, center, settings string) {
	t.Helper()
	if _, err := c.post("/api/v1/centers/"+center+"/display-settings", json.RawMessage(settings), "", nil); err != nil {
		t.Fatal(err)
	}
}
