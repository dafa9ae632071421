package queue

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

const day = 24 * time.Hour

// slip is the nth person's, printed by the kiosk d_1 while it was cut off.
func slip(n int, s ServiceID, number string, at time.Time) LaneTicket {
	return LaneTicket{ID: id(n), Number: number, Service: s, IssuedAt: at}
}

func merged(slips ...LaneTicket) Merge { return Merge{Device: "d_1", Tickets: slips} }

// at is an hour of the hall's first day.
func clock(h, m int) time.Time { return time.Date(2025, 7, 14, h, m, 0, 0, saigon) }

// results gives what became of the slips of a merge, "merged refused:invalid".
func (h *hall) merge(m Merge) string {
	h.t.Helper()
	out, err := h.try(m)
	if err != nil {
		h.t.Fatalf("merge: %v", err)
	}
	var words []string
	for _, o := range out.Slips {
		w := o.Result
		if o.Code != "" {
			w += ":" + string(o.Code)
		}
		words = append(words, w)
	}
	return strings.Join(words, " ")
}

func want(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q; want %q", what, got, want)
	}
}

// morningHall has five people waiting who came at 8:00, 8:10 … 8:40; it is 8:45.
func morningHall(t *testing.T) *hall {
	h := newHall(t)
	h.given(GiveLane{Device: "d_1"})
	for n := 1; n <= 5; n++ {
		h.given(take(n, notary), 10*time.Minute)
	}
	h.now = clock(8, 45)
	return h
}

func TestSlipsStandWhereTheirHourPutsThemButNeverBeforeTheNextTwo(t *testing.T) {
	h := morningHall(t)
	want(t, "results", h.merge(merged(
		slip(11, notary, "AK001", clock(8, 1)), // before everybody: after the next two
		slip(12, notary, "AK002", clock(8, 5)),
		slip(13, notary, "AK003", clock(8, 25)),
		slip(14, notary, "AK004", clock(8, 44)),
	)), "merged merged merged merged")
	want(t, "line", h.line(notary), "A001 A002 AK001 AK002 A003 AK003 A004 A005 AK004")
	for n, moved := range map[int]int{1: 0, 2: 0, 3: 2, 4: 3, 5: 3, 11: 0} {
		if got := h.ticket(n).Moved; got != moved {
			t.Errorf("ticket %d is told of %d slips before it; want %d", n, got, moved)
		}
	}
	want(t, "calls", h.calls(1, 4), "A001/arrival A002/arrival AK001/arrival AK002/arrival")
	h.given(take(20, notary))
	want(t, "line", h.line(notary), "A003 AK003 A004 A005 AK004 A006")
	h.sound()
}

func TestASlipNeverComesBeforeATicketAtACounter(t *testing.T) {
	h := morningHall(t)
	h.given(CallNext{Counter: 1}, CallNext{Counter: 2}) // A001, A002
	h.merge(merged(slip(11, notary, "AK001", clock(7, 50))))
	h.given(PutBack{Counter: 1}, PutBack{Counter: 2})
	want(t, "line", h.line(notary), "A001 A002 A003 A004 AK001 A005")
	h.sound()
}

func TestAPrioritySlipLeavesTheNextTwoTheNextTwo(t *testing.T) {
	for _, mode := range []Mode{Strict, Interleaved} {
		h := morningHall(t)
		p := h.s.Policy
		p.Mode, p.Every = mode, 1
		h.given(SetPolicy{p})
		s := slip(11, notary, "AK001", clock(8, 0))
		s.Priority = elder
		h.merge(merged(s))
		got := h.calls(1, 3)
		if !strings.HasPrefix(got, "A001/arrival A002/arrival AK001/priority") {
			t.Errorf("%s: %s", mode, got)
		}
		h.sound()
	}
}

// The order of issue is kept over batches, whatever was called in between.
func TestSlipsKeepTheirOrderOverManyMerges(t *testing.T) {
	h := morningHall(t)
	h.merge(merged(slip(11, notary, "AK001", clock(8, 1))))
	h.given(CallNext{Counter: 1})
	h.merge(merged(slip(12, notary, "AK002", clock(8, 2))))
	h.merge(merged(slip(13, notary, "AK003", clock(8, 3)), slip(14, civil, "HK001", clock(8, 2))))
	want(t, "line", h.line(notary), "A002 AK001 AK002 AK003 A003 A004 A005")
	h.sound()
}

func TestAMergeIsDoneOnce(t *testing.T) {
	h := morningHall(t)
	m := merged(slip(11, notary, "AK001", clock(8, 12)), slip(12, notary, "AK002", clock(8, 13)))
	h.merge(m)
	records := len(h.records)
	want(t, "again", h.merge(m), "existing existing")
	want(t, "half again", h.merge(merged(slip(12, notary, "AK002", clock(8, 13)), slip(13, notary, "AK003", clock(8, 14)))), "existing merged")
	want(t, "twice in one", h.merge(merged(slip(14, notary, "AK004", clock(8, 14)), slip(14, notary, "AK004", clock(8, 14)))), "merged existing")
	if len(h.records) != records+2 {
		t.Errorf("%d records for two merges that brought something", len(h.records)-records)
	}
	h.given(CallNext{Counter: 1}, Finish{Counter: 1})
	want(t, "later", h.merge(m), "existing existing")
	h.sound()
}

func TestASlipOfADayThatIsOverIsRecordedUnderItsDay(t *testing.T) {
	h := morningHall(t)
	h.given(day)
	s := slip(11, notary, "AK001", clock(9, 0))
	today := slip(12, notary, "AK001", clock(9, 0).Add(day))
	h.now = clock(10, 0).Add(day)
	want(t, "results", h.merge(merged(s, today)), "expired merged")
	if k := h.ticket(11); k.State != Expired || k.Day != "2025-07-14" || k.Number != "AK001" {
		t.Errorf("it is %+v", k)
	}
	h.given(EndDay{})
	want(t, "after the end of the day", h.merge(merged(slip(13, notary, "AK002", h.now))), "expired")
	h.sound()
}

func TestAnUncertainHour(t *testing.T) {
	h := morningHall(t)
	none := LaneTicket{ID: id(11), Number: "AK001", Service: notary, Uncertain: true}
	guess := slip(12, notary, "AK002", clock(8, 15))
	guess.Uncertain = true
	late := slip(13, notary, "AK003", h.now.Add(time.Hour)) // a clock that ran ahead
	want(t, "results", h.merge(merged(guess, none, late)), "merged merged merged")
	want(t, "line", h.line(notary), "A001 A002 AK002 A003 A004 A005 AK001 AK003")
	if k := h.ticket(11); !k.Uncertain || k.Day != h.s.Day || !k.IssuedAt.Equal(h.now) {
		t.Errorf("it is %+v", k)
	}
	h.sound()
}

// The answer was lost, and the kiosk printed a number of its lane: that one is called.
func TestATicketWhoseAnswerWasLostGetsTheNumberOnPaper(t *testing.T) {
	paper := merged(slip(2, notary, "AK001", clock(8, 10)))
	t.Run("waiting, it keeps its place", func(t *testing.T) {
		h := morningHall(t)
		want(t, "results", h.merge(paper), "renumbered")
		want(t, "line", h.line(notary), "A001 AK001 A003 A004 A005")
		want(t, "again", h.merge(paper), "existing")
		h.sound()
	})
	t.Run("called, it is announced again", func(t *testing.T) {
		h := morningHall(t)
		h.given(CallNext{Counter: 1}, CallNext{Counter: 2})
		h.merge(paper)
		if last := h.s.Calls[len(h.s.Calls)-1]; last.Number != "AK001" || !last.Again || last.Counter != 2 || h.s.Calls[1].Number != "AK001" {
			t.Errorf("the calls are %+v", h.s.Calls)
		}
		h.sound()
	})
	t.Run("missed, it waits again", func(t *testing.T) {
		h := morningHall(t)
		h.given(CallNext{Counter: 1}, CallNext{Counter: 2}, NoShow{Counter: 2})
		h.merge(paper)
		if k := h.ticket(2); k.State != Waiting || k.Number != "AK001" || !k.Returned {
			t.Errorf("it is %+v", k)
		}
		h.sound()
	})
	t.Run("given back at the kiosk, it is cancelled", func(t *testing.T) {
		h := morningHall(t)
		s := paper.Tickets[0]
		s.Cancelled = true
		want(t, "results", h.merge(merged(s)), "renumbered")
		if k := h.ticket(2); k.State != Cancelled {
			t.Errorf("it is %+v", k)
		}
		h.sound()
	})
}

// A request that stalled on the line arrives when the line is back, just before the
// merge: the ticket takes the place of the hour on paper, or later slips stood before it.
func TestATicketThatArrivedLateTakesThePlaceOfItsHour(t *testing.T) {
	h := morningHall(t)
	h.given(take(11, notary)) // at 8:45, touched at 8:22
	want(t, "results", h.merge(merged(slip(11, notary, "AK001", clock(8, 22)), slip(12, notary, "AK002", clock(8, 23)))), "renumbered merged")
	want(t, "line", h.line(notary), "A001 A002 A003 AK001 AK002 A004 A005")
	want(t, "again", h.merge(merged(slip(11, notary, "AK001", clock(8, 22)))), "existing")
	if k := h.ticket(4); k.Moved != 2 {
		t.Errorf("ticket 4 is told of %d", k.Moved)
	}
	h.sound()
	h.given(take(13, notary))
	h.merge(merged(slip(13, notary, "AK003", clock(7, 0)))) // never before the next two
	want(t, "line", h.line(notary), "A001 A002 AK003 A003 AK001 AK002 A004 A005")
	h.sound()
}

// Of two requests that stalled the later one arrived first and was next in line: the
// slips stand in the order of their hours all the same, in one merge and in two.
func TestRequestsThatStalledAndArrivedInTheWrongOrder(t *testing.T) {
	first, second := slip(11, notary, "AK001", clock(8, 1)), slip(12, notary, "AK002", clock(8, 2))
	for _, merges := range [][]Merge{{merged(first, second)}, {merged(first), merged(second)}} {
		h := newHall(t)
		h.given(GiveLane{Device: "d_1"}, func(h *hall) { h.now = clock(8, 10) }, take(12, notary), time.Minute)
		for _, m := range merges {
			h.merge(m)
		}
		want(t, "line", h.line(notary), "AK001 AK002")
		h.sound()
	}
}

func TestRefusedSlipsAreKeptForTheStaffOneByOne(t *testing.T) {
	h := morningHall(t)
	h.given(RemoveService{land}, GiveLane{Device: "d_2"})
	taken := slip(16, notary, "AK001", clock(8, 2))
	foreign := slip(17, notary, "AK009", clock(8, 2))
	foreign.Elsewhere = "id_taken"
	m := merged(slip(11, notary, "AK001", clock(8, 1)), slip(12, land, "KK001", clock(8, 1)), slip(13, "no-such", "QK001", clock(8, 1)),
		slip(14, notary, "A001", clock(8, 1)), LaneTicket{ID: "short", Number: "AK005", Service: notary}, taken, foreign,
		slip(18, notary, "AM001", clock(8, 2)), slip(19, notary, "AK006", clock(8, 3)))
	want(t, "results", h.merge(m), "merged refused:unknown_service refused:unknown_service refused:invalid refused:invalid refused:number_taken refused:id_taken refused:lane_taken merged")
	if len(h.s.Refused) != 7 || h.s.Refused[0].Number != "KK001" || h.s.Refused[0].Code != "unknown_service" || h.s.Refused[0].Device != "d_1" {
		t.Errorf("the staff see %+v", h.s.Refused)
	}
	h.merge(m)
	if len(h.s.Refused) != 7 {
		t.Errorf("merged again the staff see %d", len(h.s.Refused))
	}
	h.sound()
	h.given(day, Tick{})
	if len(h.s.Refused) != 0 {
		t.Error("refused slips outlive their day")
	}
	h.sound()
}

func TestASlipGivenBackAtTheKioskKeepsItsNumberUnused(t *testing.T) {
	h := morningHall(t)
	s := slip(11, notary, "AK001", clock(8, 5))
	s.Cancelled = true
	want(t, "results", h.merge(merged(s, slip(12, notary, "AK002", clock(8, 6)))), "merged merged")
	want(t, "line", h.line(notary), "A001 A002 AK002 A003 A004 A005")
	h.sound()
}

func TestAMergeThatCannotBe(t *testing.T) {
	try(t, []rule{
		{name: "no device", when: Merge{}, code: ErrInvalid},
		{name: "too many", when: Merge{Device: "d_1", Tickets: make([]LaneTicket, MaxMerge+1)}, code: ErrInvalid, words: []string{"at most 200"}},
		{name: "nothing to merge", when: Merge{Device: "d_1"}},
	})
	_, err := Decide(New(), Merge{Device: "d_1"}, Meta{Now: morning})
	refused(t, err, ErrNotConfigured)
}

// A kiosk's limit on what does not matter to the person with the slip is not a reason
// to refuse it.
func TestWhatDoesNotMatterIsMended(t *testing.T) {
	h := morningHall(t)
	s := slip(11, notary, "AK001", clock(8, 5))
	s.Priority, s.Language, s.Reference = "gone", "fr", strings.Repeat("x", 100)
	want(t, "results", h.merge(merged(s)), "merged")
	if k := h.ticket(11); k.Priority != "" || k.Language != "" || k.Reference != "" {
		t.Errorf("it is %+v", k)
	}
	h.sound()
}

// BenchmarkMergeOfFifty merges fifty slips of today into a hall of three thousand.
func BenchmarkMergeOfFifty(b *testing.B) {
	h := &hall{t: b, s: New(), now: morning}
	h.given(setting...)
	h.given(GiveLane{Device: "d_1"})
	for n := range 3000 {
		h.given(take(n, []ServiceID{notary, civil}[n%2]), time.Second)
	}
	n := 10_000
	b.ReportAllocs()
	for b.Loop() {
		m := Merge{Device: "d_1", Left: 1}
		for range 50 {
			m.Tickets = append(m.Tickets, slip(n, notary, fmt.Sprintf("AK%06d", n), morning.Add(time.Duration(n%3000)*time.Second)))
			n++
		}
		if _, err := Decide(h.s, m, Meta{Now: h.now}); err != nil {
			b.Fatal(err)
		}
		if n%5000 == 0 { // a hall does not grow for ever
			b.StopTimer()
			h.s = must(RestoreSnapshot(must(h.s.Snapshot())))
			for id, t := range h.s.Tickets {
				if t.Offline {
					h.s.dequeue(t)
					delete(h.s.Tickets, id)
				}
			}
			b.StartTimer()
		}
	}
}
