package main

import (
	"slices"
	"testing"
	"time"

	"moiso/internal/queue"
)

// The tests of the announcer put a real page before a stage that tells it a story, and
// look at what a person in the hall would see: which calls are announced, in which
// order, and how often.

// onStageAfter opens a screen whose calls pass quickly, on a stage on which some calls
// were made before.
func onStageAfter(t *testing.T, name string, calls int) (*stage, *tab) {
	t.Helper()
	s := openStage(t)
	p := s.screen(name)
	p.hasten(20)
	s.call(calls)
	p.open(s.http.URL + "/display/thuan-hoa")
	return s, p
}

func TestAScreenAnnouncesEachCallOnceInOrder(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	p := s.screen("announcer-order")
	p.hasten(10)
	p.open(s.http.URL + "/display/thuan-hoa")
	p.until("an empty board", `document.querySelector('.board[data-state=empty]')`)
	s.call(1)
	s.publish()
	p.announces(1)
	s.call(7) // seven counters call at once: each has its moment
	s.publish()
	s.publish() // and the board changes again meanwhile
	p.announces(1, 2, 3, 4, 5, 6, 7, 8)
	p.standing(8)
	if asks := s.asks(); len(asks) != 0 {
		t.Errorf("without a hole it asked for the calls after %v", asks)
	}

	// A recall is a call of its own number.
	s.call(1)
	s.mu.Lock()
	s.all[8].Again, s.all[8].Number = true, "A008"
	s.mu.Unlock()
	s.publish()
	p.announces(1, 2, 3, 4, 5, 6, 7, 8, 9)
	p.until("it says again", `/Mời lại số/.test(document.querySelector('section.call').innerText)`)
}

func TestAScreenFetchesTheCallsThatTheBoardHasNoRoomFor(t *testing.T) {
	t.Parallel()
	s, p := onStageAfter(t, "announcer-hole", 2)
	p.announces(1, 2)
	s.cut(true)
	p.until("it is cut off", `document.querySelector('[data-stale]')`)
	s.call(40) // the board keeps thirty
	s.cut(false)
	var want []int
	for n := 1; n <= 42; n++ {
		want = append(want, n)
	}
	p.announces(want...)
	if asks := s.asks(); !slices.Equal(asks, []uint64{2}) {
		t.Errorf("it asked for the calls after %v, want once after 2", asks)
	}
}

// While the answer about a hole is under way, boards go on coming.
func TestWhatComesWhileAHoleIsFilledIsNeitherLostNorTwice(t *testing.T) {
	t.Parallel()
	s, p := onStageAfter(t, "announcer-slow-hole", 0)
	s.call(1)
	s.publish()
	p.announces(1)
	s.mu.Lock()
	s.hold = make(chan struct{})
	s.mu.Unlock()
	s.call(3)
	s.withdraw(3)
	s.publish() // 2 and 4, and nothing of 3: the page must ask
	if !poll(patience, func() bool { return len(s.asks()) == 1 }) {
		t.Fatal("it did not ask about the hole")
	}
	s.call(2)
	s.publish()
	s.mu.Lock()
	close(s.hold)
	s.hold = nil
	s.mu.Unlock()
	p.announces(1, 2, 4, 5, 6)
}

func TestACallThatWasTakenBackLeavesTheScreen(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	p := s.screen("announcer-withdrawn")
	p.open(s.http.URL + "/display/thuan-hoa") // at its own pace: calls wait for their moment
	s.call(1)
	s.publish()
	p.announces(1)
	s.call(3)
	s.publish()
	p.until("call 2 waits or stands", `window.moiso.announced.length <= 2`)
	s.withdraw(3) // before its moment
	s.publish()
	p.announces(1, 2, 4)
	p.standing(4)
	s.withdraw(4) // while it stands on the card
	s.publish()
	p.standing(2)
	if fresh := ask[bool](p, `!!document.querySelector('.call--fresh')`); fresh {
		t.Error("the call before is flashed again")
	}
	s.withdraw(1)
	s.withdraw(2)
	s.publish()
	p.until("nothing stands on the card", `document.querySelector('.board[data-state=empty]')`)
	p.announces(1, 2, 4)

	// All are taken back while one of them waits for its moment: it never gets it.
	s.call(2)
	s.publish()
	p.standing(5)
	s.withdraw(5)
	s.withdraw(6)
	s.publish()
	p.until("nothing stands on the card", `document.querySelector('.board[data-state=empty]')`)
	s.call(1)
	s.publish()
	p.announces(1, 2, 4, 5, 7)
}

func TestAScreenThatReconnectsAfterAnHourTellsTheTruthAtOnce(t *testing.T) {
	t.Parallel()
	s, p := onStageAfter(t, "announcer-hour", 3)
	p.announces(1, 2, 3)
	s.cut(true)
	p.until("stale since an hour and a minute", `/Mất kết nối từ \d\d:\d\d/.test(document.querySelector('[data-stale]')?.innerText)`)
	p.until("nothing is gold", `document.querySelector('section.call--stale') && getComputedStyle(document.querySelector('section.call')).backgroundColor === 'rgb(201, 196, 186)'`)
	p.shot("stale")
	s.later(time.Hour)
	s.mu.Lock()
	now := s.now()
	s.mu.Unlock()
	s.call(50, now.Add(-20*time.Minute))
	s.call(2, now.Add(-30*time.Second))
	s.cut(false)
	p.standing(55)
	p.announces(1, 2, 3, 54, 55)
	if got := seen(p); got[len(got)-1] != 55 || len(got) != 55 {
		t.Errorf("it went through %v", got)
	}

	// Loaded anew, it announces nothing a second time.
	p.open(s.http.URL + "/display/thuan-hoa")
	p.standing(55)
	s.publish()
	p.announces()
}

func TestAScreenSwitchedOnInTheMiddleOfTheDayAnnouncesTheLastMinuteOnly(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	s.mu.Lock()
	now := s.now()
	s.mu.Unlock()
	s.call(60, now.Add(-10*time.Minute))
	s.call(2, now.Add(-20*time.Second))
	p := s.screen("announcer-midday")
	p.hasten(20)
	p.open(s.http.URL + "/display/thuan-hoa")
	p.announces(61, 62)
	if asks := s.asks(); len(asks) != 0 {
		t.Errorf("one round trip would do; it asked for the calls after %v", asks)
	}
}

func TestAnotherEpochBeginsAfreshAndRepeatsNothing(t *testing.T) {
	t.Parallel()
	s, p := onStageAfter(t, "announcer-epoch", 5)
	p.announces(1, 2, 3, 4, 5)

	// The server moved: another epoch, the same history. The list goes on.
	s.restart("e2", 5)
	s.cut(false)
	s.call(1)
	s.publish()
	p.announces(1, 2, 3, 4, 5, 6)

	// It came back from a backup that is two calls old: its new calls carry numbers that
	// were announced once, for other people.
	s.restart("e3", 4)
	s.call(1)
	s.mu.Lock()
	s.all[4].Number = "A105"
	s.mu.Unlock()
	s.cut(false)
	p.until("the other call 5", `document.querySelector('section.call')?.dataset.number === 'A105'`)
	p.until("it is announced", `window.moiso.announced.at(-1) === 5`)
}

// A link that comes and goes every second neither repeats nor loses.
func TestAFlappingLinkRepeatsAndLosesNothing(t *testing.T) {
	t.Parallel()
	s, p := onStageAfter(t, "announcer-flap", 0)
	p.until("an empty board", `document.querySelector('.board[data-state=empty]')`)
	var want []int
	for n := 1; n <= 12; n++ {
		want = append(want, n)
		s.call(1)
		if n%2 == 0 {
			s.cut(false)
			had := func() int { s.mu.Lock(); defer s.mu.Unlock(); return s.opened }
			before := had()
			if !poll(patience, func() bool { return had() > before }) {
				t.Fatal("it did not come back")
			}
		} else {
			s.publish()
		}
	}
	p.announces(want...)
	if asks := s.asks(); len(asks) != 0 {
		t.Errorf("nothing was missing; it asked for the calls after %v", asks)
	}
}

// A call slides in and its ground pulses three times; whoever wishes for less motion sees
// it change, and nothing move.
func TestACallMovesUnlessMotionIsUnwanted(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	p := s.screen("announcer-motion")
	moves := `getComputedStyle(document.querySelector('.call--fresh'))`
	for _, wish := range []string{"no-preference", "reduce"} {
		p.media("prefers-reduced-motion", wish)
		p.open(s.http.URL + "/display/thuan-hoa")
		p.until("the board", `document.querySelector('.board')`)
		s.call(1)
		s.publish()
		p.until("the call", `document.querySelector('.call--fresh')`)
		pulse := `getComputedStyle(document.querySelector('.call--fresh'), '::before')`
		slide, times := ask[string](p, moves+`.animationDuration`), ask[string](p, pulse+`.animationIterationCount`)
		if wish == "reduce" && (slide != "1e-05s" || times != "1") {
			t.Errorf("with less motion it slides for %s and pulses %s times", slide, times)
		}
		if wish != "reduce" && (slide != "0.3s" || times != "3") {
			t.Errorf("it slides for %s and pulses %s times", slide, times)
		}
	}
}

func TestAScreenIsDarkInItsHoursAndBrightWhenACounterOpens(t *testing.T) {
	t.Parallel()
	s := openStage(t)
	counters := func(state string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.doc.Settings.Care.Off = []queue.Span{{From: "00:00", To: "24:00"}}
		for i := range s.doc.Counters {
			s.doc.Counters[i].State = state
		}
	}
	p := s.screen("announcer-dark")
	counters("closed")
	p.open(s.http.URL + "/display/thuan-hoa")
	p.until("it is dark", `document.documentElement.dataset.rest === 'off' && !document.querySelector('.board') && getComputedStyle(document.body).backgroundColor === 'rgb(0, 0, 0)'`)
	counters("open")
	s.call(1)
	s.publish()
	p.until("it is bright", `document.documentElement.dataset.rest === ''`)
	p.standing(1)
	p.announces(1)
}
