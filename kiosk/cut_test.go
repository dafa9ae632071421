package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// settled waits until the server has all that was given out, and checks what the kiosk
// promises: nothing lost, nothing doubled, the number on paper is the one that is
// called, and the slips are called in the order in which they were issued.
func (w *world) settled(printed []view.Ticket) {
	w.t.Helper()
	eventually(w.t, fmt.Sprintf("the server has all %d under the numbers on paper", len(printed)), func() bool {
		have := map[string]string{}
		for _, t := range w.tickets() {
			have[string(t.ID)] = t.Number
		}
		return !slices.ContainsFunc(printed, func(p view.Ticket) bool { return have[p.ID] != p.Number })
	})
	tickets := w.tickets()
	numbers := map[string]bool{}
	for _, t := range tickets {
		if numbers[t.Number] {
			w.t.Errorf("number %s is there twice", t.Number)
		}
		numbers[t.Number] = true
	}
	if len(tickets) != len(printed) {
		w.t.Errorf("%d were given out and the server has %d", len(printed), len(tickets))
	}
	called, ahead, calls := map[string]int{}, map[string]int{}, map[string]int{}
	for n := 0; ; n++ {
		r := w.do(queue.CallNext{Counter: 1, Finish: true})
		if r.Ticket == nil {
			break
		}
		if _, again := called[r.Ticket.Number]; again {
			w.t.Errorf("%s was called twice", r.Ticket.Number)
		}
		called[r.Ticket.Number], ahead[r.Ticket.Number] = n, calls[r.Ticket.Service]
		calls[r.Ticket.Service]++
	}
	last := map[string]int{} // by service: of the slips
	for _, p := range printed {
		at, ok := called[p.Number]
		if !ok {
			w.t.Errorf("%s was given out and never called", p.Number)
		}
		// A slip passes neither of the next two of its field (doc/decisions/012): one whose
		// answer was lost may have become one of them before the older ones came in.
		if !p.Offline || ahead[p.Number] < 2 {
			continue
		}
		if before, ok := last[p.Service]; ok && at < before {
			w.t.Errorf("%s was called before a slip that was issued earlier; by place they are\n%s", p.Number, around(tickets, p))
		}
		last[p.Service] = at
	}
}

// touches takes n numbers one after the other, alternating between the fields.
func (m *machineUnderTest) touches(from, n int) (out []view.Ticket) {
	m.t.Helper()
	for i := range n {
		service := []string{"chung-thuc", "ho-tich"}[(from+i)%2]
		out = append(out, m.take(id(from+i), service))
	}
	return out
}

// around are the hours of the tickets of a line that stand next to one.
func around(all []queue.Ticket, p view.Ticket) string {
	line := slices.DeleteFunc(slices.Clone(all), func(t queue.Ticket) bool { return string(t.Service) != p.Service })
	i := slices.IndexFunc(line, func(t queue.Ticket) bool { return string(t.ID) == p.ID })
	out := fmt.Sprintf("on paper %s\n", p.IssuedAt.Format("15:04:05.000000"))
	for _, t := range line[max(0, i-3):min(len(line), i+4)] {
		out += fmt.Sprintf("%d %s %s offline %v uncertain %v\n", t.Place, t.Number, t.IssuedAt.Format("15:04:05.000"), t.Offline, t.Uncertain)
	}
	return out
}

func offline(ts []view.Ticket) (n int) {
	for _, t := range ts {
		if t.Offline {
			n++
		}
	}
	return n
}

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
	if second.Number != "AK001" || !second.Offline || second.Uncertain || second.URL != "HTTPS://SO.HUE.VN/T/"+id(2)+"/AK001" {
		t.Fatalf("cut off it is %+v", second)
	}
	if again := m.take(id(2), "chung-thuc"); again.Number != second.Number {
		t.Errorf("the same touch gave %s and %s", second.Number, again.Number)
	}
	first := m.take(id(1), "chung-thuc")
	if first.Number != "A001" {
		t.Errorf("a number of before became %s", first.Number)
	}
	for _, n := range []int{1, 2} {
		res, err := http.Get(m.url + "/api/v1/tickets/" + id(n) + "/qr.svg")
		must(t, err)
		_ = res.Body.Close()
		if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "image/svg+xml" {
			t.Errorf("the code of ticket %d is answered %d", n, res.StatusCode)
		}
	}
	w.line.set(line{})
	w.settled([]view.Ticket{first, second})
}

// Every kind of bad line: a number within two seconds, and nothing lost or doubled.
func TestABadLine(t *testing.T) {
	for _, tc := range []struct {
		name string
		how  line
	}{
		{"half-open", line{stall: true}},
		{"too slow", line{latency: 4 * time.Second}},
		{"the answers are lost", line{lose: true}},
		{"half an answer", line{half: true}},
		{"reset", line{cut: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			m := w.kiosk(w.token(), t.TempDir())
			m.ready()
			printed := m.touches(1, 2)
			w.line.set(tc.how)
			printed = append(printed, m.touches(3, 4)...)
			if n := offline(printed); n != 4 {
				t.Errorf("%d numbers are of the lane; want 4: %+v", n, printed)
			}
			w.line.set(line{})
			w.settled(printed)
		})
	}
}

func TestAServerInTroubleIsAsGoodAsNone(t *testing.T) {
	w := newWorld(t)
	m := w.kiosk(w.token(), t.TempDir())
	m.ready()
	printed := m.touches(1, 1)
	w.set(func() { w.fault = http.StatusBadGateway })
	printed = append(printed, m.touches(2, 2)...)
	w.set(func() { w.fault = http.StatusOK }) // a login page of the network
	printed = append(printed, m.touches(4, 2)...)
	w.set(func() { w.fault = 0; w.fail = func(string) error { return syscall.ENOSPC } })
	printed = append(printed, m.touches(6, 2)...)
	if n := offline(printed); n != 6 {
		t.Errorf("%d numbers are of the lane; want 6", n)
	}
	w.set(func() { w.fail = nil })
	w.settled(printed)
}

func TestALineThatFlapsEverySecond(t *testing.T) {
	w := newWorld(t)
	m := w.kiosk(w.token(), t.TempDir())
	m.ready()
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		faults := []line{{cut: true}, {}, {stall: true}, {}, {lose: true}, {}, {half: true}, {}}
		for n := 0; ; n++ {
			w.line.set(faults[n%len(faults)])
			select {
			case <-tick.C:
			case <-stop:
				w.line.set(line{})
				return
			}
		}
	}()
	var printed []view.Ticket
	for end := time.Now().Add(12 * time.Second); time.Now().Before(end); {
		printed = append(printed, m.touches(len(printed)+1, 1)...)
		pause(t.Context(), 40*time.Millisecond)
	}
	close(stop)
	<-done
	t.Logf("%d numbers, %d of them of the lane", len(printed), offline(printed))
	w.settled(printed)
}

func TestTheRulesThatWereLastKnownHold(t *testing.T) {
	w := newWorld(t)
	w.do(queue.SetService{Service: queue.Service{ID: "dat-dai", Prefix: "Q", Name: queue.Text{VI: "Đất đai"}, DailyLimit: 3}},
		queue.SetService{Service: queue.Service{ID: "ngoai-gio", Prefix: "S", Name: queue.Text{VI: "Ngoài giờ"}, Hours: &queue.Hours{}}},
		queue.PauseIssuing{Service: "ho-tich", Reason: "lỗi hệ thống"})
	m := w.kiosk(w.token(), t.TempDir())
	m.ready()
	refused := func(when, service, code string) {
		t.Helper()
		status, doc := m.post("/api/v1/centers/thuan-hoa/tickets", map[string]any{"service": service})
		if doc["code"] != code || status < 400 || status > 499 {
			t.Errorf("%s, %s is answered %d %v; want %s", when, service, status, doc, code)
		}
	}
	m.take(id(1), "dat-dai")
	eventually(t, "the kiosk knows that one number is gone", func() bool { return strings.Contains(m.document(), `"issued":1`) })
	for _, when := range []string{"online", "cut off"} {
		refused(when, "ho-tich", "issuing_paused")
		refused(when, "ngoai-gio", "closed")
		refused(when, "no-such", "unknown_service")
		w.line.set(line{cut: true})
	}
	m.take(id(2), "dat-dai")
	m.take(id(3), "dat-dai")
	refused("after three numbers", "dat-dai", "no_more_numbers")
	status, doc := m.post("/api/v1/centers/phu-xuan/tickets", map[string]any{"service": "chung-thuc"})
	if status != http.StatusNotFound {
		t.Errorf("for another centre it answers %d %v", status, doc)
	}
}

func TestANumberIsGivenBackWhileTheServerIsAway(t *testing.T) {
	w := newWorld(t)
	m := w.kiosk(w.token(), t.TempDir())
	m.ready()
	w.line.set(line{cut: true})
	one, two := m.take(id(1), "chung-thuc"), m.take(id(2), "chung-thuc")
	act := func(verb, wantCode, wantState string) {
		t.Helper()
		status, doc := m.post("/api/v1/tickets/"+one.ID+"/"+verb, map[string]any{})
		if code, _ := doc["code"].(string); code != wantCode {
			t.Errorf("%s is answered %d %v", verb, status, doc)
		}
		if _, doc := m.get("/api/v1/tickets/" + one.ID); doc["state"] != wantState {
			t.Errorf("after %s the ticket is %v", verb, doc["state"])
		}
	}
	act("restore", "wrong_state", "waiting")
	act("cancel", "", "cancelled")
	act("cancel", "wrong_state", "cancelled")
	act("restore", "", "waiting")
	act("cancel", "", "cancelled")
	w.line.set(line{})
	eventually(t, "the slips are merged", func() bool { return len(w.tickets()) == 2 })
	for _, k := range w.tickets() {
		if want := map[string]queue.TicketState{one.ID: queue.Cancelled, two.ID: queue.Waiting}[string(k.ID)]; k.State != want {
			t.Errorf("%s is %s; want %s", k.Number, k.State, want)
		}
	}
}

// A kiosk that starts without the server, after a power cut in the night, gives out
// numbers from what it has on disk.
func TestAKioskStartsWithoutTheServer(t *testing.T) {
	w := newWorld(t)
	dir, token := t.TempDir(), w.token()
	m := w.kiosk(token, dir)
	m.ready()
	printed := m.touches(1, 2)
	w.line.set(line{cut: true})
	printed = append(printed, m.touches(3, 2)...)
	m.stop()
	m = w.kiosk(token, dir)
	printed = append(printed, m.touches(5, 2)...)
	if printed[4].Number != "HK002" || printed[4].Uncertain {
		t.Errorf("after a restart of the program it gives %+v", printed[4])
	}
	if doc := m.document(); !strings.Contains(doc, "Chứng thực") {
		t.Errorf("the page shows nothing: %.200s", doc)
	}
	w.line.set(line{})
	w.settled(printed)
}

// What the server refuses is seen by its staff, and the rest is merged.
func TestARefusedSlipIsReportedByItsNumber(t *testing.T) {
	w := newWorld(t)
	m := w.kiosk(w.token(), t.TempDir())
	m.ready()
	w.line.set(line{cut: true})
	printed := m.touches(1, 4) // 1 and 3 are of ho-tich
	w.do(queue.SetCounter{Config: queue.CounterConfig{Number: 1, Services: []queue.ServiceID{"chung-thuc"}}}, queue.RemoveService{Service: "ho-tich"})
	w.line.set(line{})
	eventually(t, "the other two are merged", func() bool { return len(w.tickets()) == 2 })
	var refused []queue.RefusedSlip
	must(t, w.engine.View(t.Context(), here, func(s *queue.State, _ view.Stamp) error {
		refused = slices.Clone(s.Refused)
		return nil
	}))
	if len(refused) != 2 || refused[0].Number != printed[0].Number || refused[0].Code != "unknown_service" {
		t.Errorf("the staff see %+v", refused)
	}
	eventually(t, "the kiosk knows that it was refused", func() bool {
		_, doc := m.get("/api/v1/tickets/" + printed[0].ID)
		return doc["code"] == "unknown_ticket"
	})
}

// A revoked device gives out no numbers, and what it gave out before is not lost: the
// kiosk that takes its place brings it in.
func TestAnotherKioskBringsInTheSpoolOfTheOldOne(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	old := w.kiosk(w.token(), dir)
	old.ready()
	printed := old.touches(1, 2)
	w.line.set(line{cut: true})
	printed = append(printed, old.touches(3, 4)...)
	old.stop()
	was := w.auth.Devices(here)[0].ID
	must(t, w.auth.RevokeDevice(t.Context(), was))
	w.do(queue.WithdrawLane{Device: string(was)})
	next := w.kiosk(w.token(), dir)
	w.line.set(line{})
	next.ready()
	w.settledOnly(printed)
	w.line.set(line{cut: true})
	more := next.take(id(20), "chung-thuc")
	if !strings.HasPrefix(more.Number, "AM") {
		t.Errorf("the new kiosk gives out %s, of the lane of the old one", more.Number)
	}
	w.line.set(line{})
	w.settled(append(printed, more))
	eventually(t, "the lane of the old kiosk is free", func() bool {
		free := false
		must(t, w.engine.View(t.Context(), here, func(s *queue.State, _ view.Stamp) error {
			_, has := s.LaneOf(string(was))
			free = !has
			return nil
		}))
		return free
	})
}

// settledOnly waits until the server has all that was given out.
func (w *world) settledOnly(printed []view.Ticket) {
	w.t.Helper()
	eventually(w.t, "the server has them all", func() bool { return len(w.tickets()) == len(printed) })
}

func TestARevokedKioskKeepsItsSlips(t *testing.T) {
	w := newWorld(t)
	dir := t.TempDir()
	m := w.kiosk(w.token(), dir)
	m.ready()
	w.line.set(line{cut: true})
	m.touches(1, 3)
	must(t, w.auth.RevokeDevice(t.Context(), w.auth.Devices(here)[0].ID))
	w.line.set(line{})
	eventually(t, "the kiosk is refused", func() bool {
		_, doc := m.post("/api/v1/centers/thuan-hoa/tickets", map[string]any{"service": "chung-thuc"})
		return doc["code"] == "not_signed_in"
	})
	m.stop()
	s, _, err := openSpool(dir, time.Now())
	must(t, err)
	defer s.close()
	if all := s.count(); all != 3 {
		t.Errorf("%d of 3 slips are kept", all)
	}
}

// A clerk serves a slip while its kiosk is cut off, by its code or by its number; the
// merge finds it served and doubles nothing.
func TestASlipThatWasServedMeanwhileIsNotDoubled(t *testing.T) {
	w := newWorld(t)
	m := w.kiosk(w.token(), t.TempDir())
	m.ready()
	w.line.set(line{cut: true})
	scanned, typed, waits := m.take(id(1), "chung-thuc"), m.take(id(2), "chung-thuc"), m.take(id(3), "chung-thuc")
	w.do(queue.Adopt{Counter: 1, ID: queue.TicketID(scanned.ID), Number: scanned.Number}, queue.Finish{Counter: 1},
		queue.Adopt{Counter: 1, ID: "ZZZZZZZZZZZZZZZZ", Unread: true, Number: typed.Number}, queue.Finish{Counter: 1})
	w.line.set(line{})
	eventually(t, "the slips are merged", func() bool { _, doc := m.get("/api/v1/tickets/" + typed.ID); return doc["state"] == "done" })
	if r := w.do(queue.CallNext{Counter: 1}); r.Ticket == nil || r.Ticket.Number != waits.Number {
		t.Errorf("next is %+v", r.Ticket)
	}
	if n := len(w.tickets()); n != 3 {
		t.Errorf("there are %d tickets of three slips", n)
	}
}
