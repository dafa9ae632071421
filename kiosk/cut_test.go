package main

import (
	"testing"

	"moiso/internal/queue"
)

// The thin thread: a touch while the server is away, and the same number in the line
// when it is back.
func TestAKioskThatIsCutOffGivesOutNumbersAndTheyAreCalled(t *testing.T) {
	w := newWorld(t)
	m := w.kiosk(w.token(), t.TempDir())
	m.ready()
	if got := m.take(id(1), "chung-thuc"); got.Number != "A001" || got.Offline {
		t.Fatalf("online it is %+v", got)
	}
	w.line.set(line{cut: true})
	second := m.take(id(2), "chung-thuc")
	if second.Number != "AK001" || !second.Offline || second.Uncertain {
		t.Fatalf("cut off it is %+v", second)
	}
	if again := m.take(id(2), "chung-thuc"); again.Number != second.Number {
		t.Errorf("the same touch gave %s and %s", second.Number, again.Number)
	}
	if first := m.take(id(1), "chung-thuc"); first.Number != "A001" {
		t.Errorf("a number of before became %s", first.Number)
	}
	w.line.set(line{})
	eventually(t, "the slip is merged", func() bool { return len(w.tickets()) == 2 })
	for _, want := range []string{"A001", "AK001"} {
		if r := w.do(queue.CallNext{Counter: 1, Finish: true}); r.Ticket == nil || r.Ticket.Number != want {
			t.Errorf("called is %+v; want %s", r.Ticket, want)
		}
	}
}
