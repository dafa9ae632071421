package main

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

const (
	speaks    = `window.moiso?.sound?.talk?.speaker.value === true`
	saidHere  = `[...window.moiso.sound.talk.said]`
	speaking  = `window.moiso.sound.voice.speaking.value`
	hallQuiet = `!window.moiso.sound.voice.speaking.value && window.moiso.sound.talk.queue().length === 0`
)

// loudHall is a hall with two screens, each a program with a browser and a link of its
// own, and calls that are said once and in one language.
type loudHall struct {
	*fleet
	links   [2]*link
	screens [2]*machineOf
}

func openLoudHall(t *testing.T, center string) *loudHall {
	t.Helper()
	h := &loudHall{fleet: &fleet{lobby: openLobby(t, center)}}
	h.api.setVoice(t, h.center, `{"voice":{"languages":["vi"],"repeats":1}}`)
	for i := range h.screens {
		h.links[i] = newLink(t, h.listen)
		h.screens[i] = h.device("display", displayScreen, "-server", h.links[i].url(), "-data", t.TempDir(), "-listen", "127.0.0.1:0")
		h.pair(h.screens[i])
		h.screens[i].tab.until("the board", `document.querySelector('.board') && window.moiso?.sound?.state.value === 'on'`)
	}
	h.counter(1, "open", nil)
	return h
}

// speaker waits until one of the screens speaks for the hall.
func (h *loudHall) speaker() int {
	h.t.Helper()
	at := -1
	if !poll(patience, func() bool {
		for i, m := range h.screens {
			if ask[bool](m.tab, speaks) {
				at = i
			}
		}
		return at >= 0
	}) {
		h.t.Fatal("no screen speaks")
	}
	return at
}

// callAll calls so many people one after the other.
func (h *loudHall) callAll(n int) {
	h.t.Helper()
	for range n {
		h.issue("chung-thuc")
	}
	for range n {
		h.counter(1, "call-next", map[string]bool{"finish": true})
	}
}

// heardAll are the calls that were said by any screen, in order of their numbers.
func (h *loudHall) heardAll() []int {
	h.t.Helper()
	var all []int
	for _, m := range h.screens {
		all = append(all, ask[[]int](m.tab, saidHere)...)
	}
	slices.Sort(all)
	return all
}

// allSaid waits until every call was said once.
func (h *loudHall) allSaid(when string) {
	h.t.Helper()
	want := h.called()
	if !poll(90*time.Second, func() bool { return len(h.heardAll()) >= len(want) }) {
		h.t.Errorf("%s: the hall heard the calls %v, want %v", when, h.heardAll(), want)
	}
	for _, m := range h.screens {
		m.tab.until("silence", "!"+speaking)
	}
	if got := h.heardAll(); !slices.Equal(got, want) {
		h.t.Errorf("%s: the hall heard the calls %v, want %v", when, got, want)
	}
}

// inTheQueue waits until a screen speaks and others stand in its queue.
func (h *loudHall) inTheQueue(i, n int) {
	h.t.Helper()
	h.screens[i].tab.until("it speaks, and calls wait", fmt.Sprintf("%s && window.moiso.sound.talk.queue().length >= %d", speaking, n))
}

// TestTwoScreensBehindBadLinksSayEachCallOnce takes the network from the screen that
// speaks while calls stand in its queue, then only its answers, then the server.
func TestTwoScreensBehindBadLinksSayEachCallOnce(t *testing.T) {
	t.Parallel()
	h := openLoudHall(t, "thuan-hoa")
	first := h.speaker()
	other := 1 - first
	h.callAll(3)
	h.inTheQueue(first, 1)
	h.links[first].set(true)
	h.screens[other].tab.until("the other takes over", speaks)
	if ask[bool](h.screens[first].tab, speaks) {
		t.Error("the one that was cut off still thinks that it speaks")
	}
	h.allSaid("the speaker was cut off")
	h.links[first].set(false)
	h.screens[first].tab.until("it is back", `!document.querySelector('[data-stale]')`)

	// Its wishes arrive, its answers do not: what it claimed and could not say it hands
	// back, and the other says it.
	h.callAll(3)
	h.inTheQueue(other, 1)
	h.links[other].deafen()
	h.screens[first].tab.until("the first takes over again", speaks)
	h.links[other].set(false)
	h.allSaid("the speaker heard no answers")

	h.screens[other].tab.until("it is back", `!document.querySelector('[data-stale]')`)
	h.callAll(3)
	h.inTheQueue(first, 1)
	h.p.kill()
	h.start()
	h.allSaid("the server was killed")
	if s := h.speaker(); s != first {
		t.Errorf("after the start screen %d speaks, before it was %d", s, first)
	}
	h.screens[first].tab.shot("speaks")

	// Loaded anew in the middle: it says what it had not said, and nothing twice.
	h.callAll(3)
	h.inTheQueue(first, 1)
	before := ask[[]int](h.screens[first].tab, saidHere)
	h.screens[first].tab.open(h.screens[first].at)
	h.screens[first].tab.until("the page", `window.moiso?.sound?.talk`)
	want := h.called()
	if !poll(90*time.Second, func() bool { return len(before)+len(h.heardAll()) >= len(want) }) {
		t.Error("calls were lost when the page was loaded anew")
	}
	got := append(before, h.heardAll()...)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the hall heard the calls %v, want %v", got, want)
	}
}

// TestAClaimIsNotHeardAsADelay measures from the clerk's call to the first sample, and
// how long the page waited for its words and for the server's word that it may speak.
func TestAClaimIsNotHeardAsADelay(t *testing.T) {
	h := openLoudHall(t, "phu-xuan")
	h.api.setVoice(t, h.center, `{"voice":{"chime_only":true}}`)
	for _, k := range h.screens {
		k.tab.hasten(100) // a call waits for the moment of the one before
		k.tab.open(k.at)
	}
	m := h.screens[h.speaker()].tab
	ask[bool](m, `(window.firsts = [], AudioBufferSourceNode.prototype.start = ((real) => function (at, ...more) {
		window.firsts.push(Date.now() + 1000 * (at - this.context.currentTime));
		return real.call(this, at, ...more);
	})(AudioBufferSourceNode.prototype.start), true)`)
	const rounds = 12
	var toSample []float64
	for n := range rounds {
		h.issue("chung-thuc")
		called := time.Now().UnixMilli()
		h.counter(1, "call-next", map[string]bool{"finish": true})
		m.until("the first sample", fmt.Sprintf("window.firsts.length === %d", n+1))
		m.until("silence", hallQuiet)
		toSample = append(toSample, ask[float64](m, fmt.Sprintf("window.firsts[%d]", n))-float64(called))
	}
	// What the page waited: both are asked for at once.
	waits := ask[[][]float64](m, fmt.Sprintf(`(() => {
		const took = (path) => performance.getEntriesByType('resource').filter((e) => e.name.includes(path)).slice(-%d).map((e) => e.duration);
		const words = took('/voice/announcement').sort((a, b) => a - b), claims = took('/speaker').sort((a, b) => a - b);
		return [words, claims];
	})()`, rounds))
	t.Logf("one by one: %.0f ms", toSample)
	slices.Sort(toSample)
	middle := func(v []float64) float64 { return v[len(v)/2] }
	t.Logf("from the call to the first sample: median %.0f ms, most %.0f ms; the words took %.1f ms, the server's word %.1f ms (medians)",
		middle(toSample), toSample[rounds-1], middle(waits[0]), middle(waits[1]))
	if middle(toSample) > 1000 {
		t.Errorf("from a call to its first sample it takes %.0f ms", middle(toSample))
	}
}
