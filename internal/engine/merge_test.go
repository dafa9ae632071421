package engine

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"moiso/internal/hub"
	"moiso/internal/queue"
)

// slips makes n of a kiosk that was cut off, the first issued ten minutes ago.
func (w *world) slips(n int) (out []queue.LaneTicket) {
	for i := range n {
		out = append(out, queue.LaneTicket{ID: newID(), Number: fmt.Sprintf("AK%03d", i+1), Service: "x", IssuedAt: w.now().Add(-10*time.Minute + time.Duration(i)*time.Second)})
	}
	return out
}

// merge brings slips in and says what became of them, "merged merged refused:id_taken".
func (w *world) merge(center queue.CenterID, slips []queue.LaneTicket) string {
	w.t.Helper()
	var words []string
	for _, s := range w.do(center, queue.Merge{Device: "d_1", Tickets: slips}).Slips {
		word := s.Result
		if s.Code != "" {
			word += ":" + s.Code
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

// Exactly once, whenever the answer was lost: before a crash, after one, after the day
// was over, and after it was sealed.
func TestASlipIsMergedOnceForEver(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.do("a", queue.GiveLane{Device: "d_1"})
		s := w.slips(2)
		again := func(when string) {
			t.Helper()
			if got := w.merge("a", s); got != "existing existing" {
				t.Errorf("%s: %s", when, got)
			}
			if got := w.merge("b", s); got != "refused:id_taken refused:id_taken" {
				t.Errorf("%s, in another centre: %s", when, got)
			}
		}
		if got := w.merge("a", s); got != "merged merged" {
			t.Fatalf("the first time: %s", got)
		}
		again("at once")
		w.crash()
		again("after a crash")
		w.until(1, "00:01")
		again("the day after")
		w.restart()
		again("after a restart")
		if got := w.page(string(s[0].ID)); got != "AK001 expired" {
			t.Errorf("a phone finds %s", got)
		}
		if r := w.do("a", queue.Issue{ID: s[0].ID, Service: "x"}); r.Created {
			t.Error("an id that was merged is issued again")
		}
	})
}

// A slip of a day before is filed with the day on which it came in, and its page is
// found ever after.
func TestASlipOfADayThatIsOverIsFoundForEver(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.do("a", queue.GiveLane{Device: "d_1"})
		s := w.slips(1)
		w.until(2, "09:00")
		if got := w.merge("a", s); got != "expired" {
			t.Fatalf("it is %s", got)
		}
		w.until(1, "00:01")
		page, err := w.e.Ticket(context.Background(), s[0].ID)
		if err != nil || page.Ticket.Number != "AK001" || page.Ticket.State != "expired" || page.Ticket.Day != "2000-01-01" {
			t.Errorf("its page is %+v, %v", page.Ticket, err)
		}
	})
}

// A clerk typed what is on paper, so the ticket has an id of its own. Who scans the slip
// finds it all the same, on its day and ever after.
func TestASlipThatWasCalledByItsNumberIsFoundForEverByTheIDOnPaper(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.do("a", queue.GiveLane{Device: "d_1"})
		s := w.slips(2)
		typed := newID()
		w.do("a", queue.Adopt{Counter: 1, ID: typed, Unread: true, Number: "AK001"})
		if got := w.merge("a", s); got != "existing merged" {
			t.Fatalf("they are %s", got)
		}
		w.do("a", queue.Finish{Counter: 1})
		look := func(when string) {
			t.Helper()
			for _, id := range []queue.TicketID{typed, s[0].ID} {
				page, err := w.e.Ticket(context.Background(), id)
				if err != nil || page.Ticket.Number != "AK001" || page.Ticket.State != "done" {
					t.Errorf("%s, %s finds %+v, %v", when, id, page.Ticket, err)
				}
			}
			if page, err := w.e.Ticket(context.Background(), s[1].ID); err != nil || page.Ticket.Number != "AK002" {
				t.Errorf("%s, the other slip is %+v, %v", when, page.Ticket, err)
			}
		}
		look("on its day")
		w.until(1, "00:01")
		look("the day after")
		w.until(1, "09:00")
		w.restart()
		look("after a restart")
		w.until(3, "09:00")
		look("days later")
	})
}

// What a full disk refused was not merged, and its ids are free for the next try.
func TestAMergeOnAFullDiskIsTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.do("a", queue.GiveLane{Device: "d_1"})
		s := w.slips(3)
		w.log.fill(true)
		_, err := w.try("a", queue.Merge{Device: "d_1", Tickets: s})
		refused(t, err, ErrStorage)
		w.log.fill(false)
		time.Sleep(5 * time.Second)
		if got := w.merge("a", s); got != "merged merged merged" {
			t.Errorf("with space again: %s", got)
		}
	})
}

// A refused slip takes no id away.
func TestARefusedSlipLeavesItsIDFree(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.do("a", queue.GiveLane{Device: "d_1"})
		s := w.slips(1)
		s[0].Service = "no-such"
		if got := w.merge("a", s); got != "refused:unknown_service" {
			t.Fatalf("it is %s", got)
		}
		if r := w.do("b", queue.Issue{ID: s[0].ID, Service: "x"}); !r.Created {
			t.Errorf("issued elsewhere it is %+v", r)
		}
	})
}

// The phone of whoever stands behind a slip is told why.
func TestAMovedPhoneIsToldWhy(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.do("a", queue.GiveLane{Device: "d_1"})
		early := w.slips(1)
		w.issue()
		w.issue()
		mine := w.issue()
		topic := hub.Topic("ticket/a/" + mine.ID)
		w.hub.watch(topic)
		time.Sleep(time.Second)
		w.merge("a", early)
		time.Sleep(time.Second)
		docs := w.hub.of(topic)
		if len(docs) == 0 || !strings.Contains(string(docs[len(docs)-1].Bytes), `"moved":{"by":1,"reason":"offline_kiosk"}`) {
			t.Errorf("the phone saw %d documents, the last %s", len(docs), docs[len(docs)-1].Bytes)
		}
	})
}

// A slip that a clerk typed in is found under both ids, also in a new engine.
func TestAnAdoptedSlipKeepsBothItsIDs(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.do("a", queue.GiveLane{Device: "d_1"})
		s := w.slips(1)
		made := newID()
		w.do("a", queue.Adopt{Counter: 1, ID: made, Unread: true, Number: "AK001"})
		if got := w.merge("a", s); got != "existing" {
			t.Fatalf("it is %s", got)
		}
		w.crash()
		for _, id := range []queue.TicketID{made, s[0].ID} {
			if got := w.page(string(id)); got != "AK001 called" {
				t.Errorf("%s is %s", id, got)
			}
		}
		if got := w.merge("a", s); got != "existing" {
			t.Errorf("again it is %s", got)
		}
	})
}
