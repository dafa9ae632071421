package fleet_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"moiso/internal/fleet"
)

// The model is a hall: screens that follow the rules of assets/js/display/lease.js, each
// with a clock of its own and a link that is cut, loses answers or brings requests late,
// and a server that is killed and started again. Time is in ticks of a tenth of a second.
const tick = 100 * time.Millisecond

// sentence is how long a call is said: shorter than a lease less its margin.
const sentence = 8 * time.Second

type modelHall struct {
	t         *rapid.T
	now       time.Time
	start     time.Time
	room      *fleet.Speakers
	kept      []fleet.Spoken
	downUntil time.Time
	calls     []time.Time // by number - 1

	screens []*modelScreen
	late    []fleet.Ask // requests that are still under way, their answers awaited no more

	speaking int               // which screen speaks, -1 for none
	spoken   map[uint64]string // by whom
	doubt    map[uint64]bool   // given to a screen that lost its link or its page before it began
	judged   int               // calls that are over a minute old
	owed     int               // of those, the ones that somebody had to say
}

// modelScreen is a page: what it knows, by its own clock.
type modelScreen struct {
	name      string
	drift     time.Duration // of its clock in a second
	cutUntil  time.Time     // nothing reaches the server
	deafUntil time.Time     // nothing comes back
	until     time.Time     // of its lease, by its clock
	seq       uint64
	got       uint64
	renew     time.Time
	queue     []uint64
	aside     []uint64
	hand      uint64    // asked for, or made ready
	ready     time.Time // when that is to be begun
	heard     uint64
	asked     []uint64
	says      uint64
	sayEnds   time.Time
	well      time.Time // since when it has had all that it needs
}

const margin = 500 * time.Millisecond

func (h *modelHall) boot() {
	h.room = fleet.NewSpeakers(fleet.SpeakersOptions{Now: func() time.Time { return h.now }, Kept: slices.Clone(h.kept),
		Keep: func(e fleet.Spoken) error { h.kept = append(h.kept, e); return nil }})
}

// clock is the screen's own.
func (h *modelHall) clock(s *modelScreen) time.Time {
	gone := h.now.Sub(h.start)
	return h.now.Add(time.Duration(int64(gone/time.Second)) * s.drift)
}

func (h *modelHall) holds(s *modelScreen) bool { return h.clock(s).Before(s.until) }

// send is one request, whose answer is nil when it does not come.
func (h *modelHall) send(s *modelScreen, call uint64) *fleet.Speaker {
	sent := h.clock(s)
	s.seq++
	if call > 0 {
		s.hand = call
	}
	a := fleet.Ask{Screen: s.name, Seq: s.seq, Got: s.got, Call: call}
	for _, n := range s.asked {
		if n != s.hand {
			a.Back = append(a.Back, n)
		}
	}
	if call > 0 {
		if !slices.Contains(s.asked, call) {
			s.asked = append(s.asked, call)
		}
		a.CallAt = h.calls[call-1]
	}
	if h.cut(s) || h.down() {
		if !h.down() && rapid.Bool().Draw(h.t, "late") {
			h.late = append(h.late, a)
		}
		return nil
	}
	answer := h.deliver(a)
	if h.deaf(s) {
		if answer.Claim == fleet.ClaimYours {
			h.doubt[call] = true
		}
		return nil
	}
	s.got = s.seq
	for _, n := range a.Back { // early enough to be said by another
		if h.now.Sub(h.calls[n-1]) < 20*time.Second {
			delete(h.doubt, n)
		}
	}
	s.asked = slices.DeleteFunc(s.asked, func(n uint64) bool { return slices.Contains(a.Back, n) })
	s.until = time.Time{}
	if answer.Speaker {
		s.until = sent.Add(time.Duration(answer.Lease*float64(time.Second)) - margin)
	}
	s.aside = slices.DeleteFunc(s.aside, func(n uint64) bool {
		if slices.Contains(answer.Back, n) {
			s.queue = append(s.queue, n)
			return true
		}
		return false
	})
	slices.Sort(s.queue)
	return &answer
}

// deliver brings a request to the server.
func (h *modelHall) deliver(a fleet.Ask) fleet.Speaker {
	if a.Call > 0 {
		a.CallAge = h.now.Sub(a.CallAt)
	}
	answer, err := h.room.Ask(hall, a)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer
}

// live is a tenth of a second of a screen.
func (h *modelHall) live(i int) {
	s := h.screens[i]
	if h.cut(s) || h.deaf(s) || h.down() {
		s.well = h.now
	}
	if s.says != 0 && (!h.holds(s) || !h.now.Before(s.sayEnds)) {
		s.says, h.speaking = 0, -1 // over, or broken off
	}
	if !h.cut(s) && !h.down() { // the board comes
		for n := s.heard + 1; n <= uint64(len(h.calls)); n++ {
			s.heard, s.queue = n, append(s.queue, n)
		}
	}
	s.queue = slices.DeleteFunc(s.queue, func(n uint64) bool { return h.now.Sub(h.calls[n-1]) > fleet.CallYoung })
	if !h.now.Before(s.renew) {
		s.renew = h.now.Add(fleet.SpeakerRenew)
		h.send(s, 0)
	}
	if s.hand != 0 {
		if !h.now.Before(s.ready) {
			h.begin(i, s.hand)
			s.hand = 0
		}
		return
	}
	if s.says == 0 && h.holds(s) && len(s.queue) > 0 && !h.now.Before(s.sayEnds) {
		h.claim(i, s.queue[0])
	}
}

// claim asks for a call and begins to say it.
func (h *modelHall) claim(i int, n uint64) {
	s := h.screens[i]
	answer := h.send(s, n)
	s.hand = 0
	switch {
	case answer == nil:
		s.sayEnds = h.now.Add(time.Second) // asked again then
		return
	case !answer.Speaker || answer.Claim == "":
		return
	case answer.Claim != fleet.ClaimYours:
		s.asked = slices.DeleteFunc(s.asked, func(k uint64) bool { return k == n })
		s.queue = slices.DeleteFunc(s.queue, func(k uint64) bool { return k == n })
		if answer.Claim == fleet.ClaimTaken {
			s.aside = append(s.aside, n)
		}
		return
	}
	// The words are fetched and made ready; the lease is renewed meanwhile.
	s.hand, s.ready = n, h.now.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 15}).Draw(h.t, "ready after tenths"))*tick)
}

// begin says a call that was given, if the lease outlasts it.
func (h *modelHall) begin(i int, n uint64) {
	s := h.screens[i]
	if s.until.Sub(h.clock(s)) < sentence {
		h.send(s, 0)
	}
	if !slices.Contains(s.queue, n) {
		return
	}
	if s.until.Sub(h.clock(s)) < sentence {
		h.doubt[n] = true // cut off with the call in hand
		return
	}
	if who := h.spoken[n]; who != "" {
		h.t.Fatalf("%v: call %d is said by %s and was said by %s", h.now.Sub(h.start), n, s.name, who)
	}
	if h.speaking >= 0 && h.speaking != i {
		h.t.Fatalf("%v: %s begins call %d while %s speaks", h.now.Sub(h.start), s.name, n, h.screens[h.speaking].name)
	}
	h.spoken[n], h.speaking = s.name, i
	s.asked = slices.DeleteFunc(s.asked, func(k uint64) bool { return k == n })
	s.queue = slices.DeleteFunc(s.queue, func(k uint64) bool { return k == n })
	s.says, s.sayEnds = n, h.now.Add(sentence)
}

// reload is a page that is loaded anew: another screen, which knows what was shown.
func (h *modelHall) reload(i, generation int) {
	s := h.screens[i]
	if h.speaking == i {
		h.speaking = -1
	}
	for _, n := range s.asked { // who was the last to know that they were not begun
		h.doubt[n] = true
	}
	if !h.cut(s) && !h.down() { // it gives its lease back as it goes
		h.deliver(fleet.Ask{Screen: s.name, Seq: s.seq + 1, Got: s.got, Release: true, Back: s.asked})
	}
	h.screens[i] = &modelScreen{name: fmt.Sprintf("%s'%d", s.name, generation), drift: s.drift, cutUntil: s.cutUntil, deafUntil: s.deafUntil, well: h.now}
}

// happen is what befalls a hall: a call, or a trouble that lasts for a while.
func (h *modelHall) happen(generation int) {
	i := rapid.IntRange(0, len(h.screens)-1).Draw(h.t, "screen")
	s := h.screens[i]
	until := h.now.Add(time.Duration(rapid.SampledFrom([]int{2, 10, 30, 80, 140, 700}).Draw(h.t, "for tenths")) * tick)
	switch rapid.SampledFrom([]string{"call", "call", "call", "cut", "cut", "deafen", "deafen", "kill", "late", "reload"}).Draw(h.t, "event") {
	case "call":
		if !h.down() {
			h.calls = append(h.calls, h.now)
		}
	case "cut":
		s.cutUntil = until
	case "deafen":
		s.deafUntil = until
	case "kill":
		h.downUntil, h.late = until, nil // with the process go its connections
	case "late":
		for _, a := range h.late {
			if !h.down() && h.deliver(a).Claim == fleet.ClaimYours {
				h.doubt[a.Call] = true
			}
		}
		h.late = nil
	case "reload":
		h.reload(i, generation)
	}
}

func (h *modelHall) down() bool               { return h.now.Before(h.downUntil) }
func (h *modelHall) cut(s *modelScreen) bool  { return h.now.Before(s.cutUntil) }
func (h *modelHall) deaf(s *modelScreen) bool { return h.now.Before(s.deafUntil) }

func TestNoCallIsSaidTwiceOrLostAndNoTwoScreensSpeakWhateverTheNetworkDoes(t *testing.T) {
	owed, doubts := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		start := time.Unix(1_700_000_000, 0)
		h := &modelHall{t: t, now: start, start: start, speaking: -1, spoken: map[uint64]string{}, doubt: map[uint64]bool{}}
		h.boot()
		for i := range rapid.IntRange(1, 3).Draw(t, "screens") {
			h.screens = append(h.screens, &modelScreen{name: string(rune('a' + i)), drift: time.Duration(rapid.IntRange(-2, 2).Draw(t, "drift, in thousandths")) * time.Millisecond, well: start})
		}
		for step := range 40 {
			h.happen(step)
			for range rapid.SampledFrom([]int{1, 31, 83, 150, 240}).Draw(t, "tenths until the next") {
				h.pass()
			}
		}
		owed, doubts = owed+h.owed, doubts+len(h.doubt)
	})
	t.Logf("%d calls had to be said, %d claims were in doubt", owed, doubts)
	if owed == 0 || doubts == 0 {
		t.Error("the model met nothing worth proving")
	}
}

// pass is a tenth of a second.
func (h *modelHall) pass() {
	was := h.down()
	h.now = h.now.Add(tick)
	if was && !h.down() {
		h.boot()
	}
	for i := range h.screens {
		h.live(i)
	}
	for h.judged < len(h.calls) && h.now.Sub(h.calls[h.judged]) > fleet.CallYoung+2*tick {
		h.judge(uint64(h.judged + 1))
		h.judged++
	}
}

// few calls can be said in the minute beside ten seconds without a speaker.
const few = 3

// judge looks at a call that is a minute old: when one screen had all that it needed for
// as long, and there were not too many, it was said, unless a screen that has not come
// back may have been about to.
func (h *modelHall) judge(n uint64) {
	at := h.calls[n-1]
	crowd := 0
	for _, c := range h.calls {
		if d := at.Sub(c); d >= 0 && d <= fleet.CallYoung {
			crowd++
		}
	}
	well := slices.ContainsFunc(h.screens, func(s *modelScreen) bool { return !s.well.After(at) })
	if !well || crowd > few {
		return
	}
	h.owed++
	if h.spoken[n] == "" && !h.doubt[n] {
		h.t.Fatalf("%v: nobody said call %d made at %v", h.now.Sub(h.start), n, at.Sub(h.start))
	}
}
