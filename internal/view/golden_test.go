package view

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"moiso/internal/queue"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a document with testdata/name.json, which is indented for the
// reader but keeps the order of keys.
func golden(t *testing.T, name string, doc any) {
	t.Helper()
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := json.Indent(&b, raw, "", "  "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%s is\n%s\nits golden file has\n%s", name, b.Bytes(), want)
	}
	// A client that decodes it and writes it again loses nothing.
	back := reflect.New(reflect.TypeOf(doc))
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(back.Interface()); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(back.Interface()); err != nil || !bytes.Equal(raw, again) {
		t.Errorf("%s came back as\n%s (%v)", name, again, err)
	}
}

func TestEveryDocumentHasAGoldenFile(t *testing.T) {
	h := busy(t)
	p := h.stamp()
	golden(t, "board", BoardOf(h.s, p))
	golden(t, "kiosk", KioskOf(h.s, p))
	golden(t, "assist", AssistOf(h.s, p))
	golden(t, "monitor", MonitorOf(h.s, clerk, p))
	for n, name := range map[queue.CounterID]string{1: "desk-serving", 2: "desk-called-pausing", 3: "desk-closed"} {
		d, ok := DeskOf(h.s, n, clerk, p)
		if !ok {
			t.Fatalf("counter %d is not there", n)
		}
		golden(t, name, d)
	}
	golden(t, "center", CenterOf(h.s, h.now))
	golden(t, "city", City{Head: p.head(h.s), Centers: []CenterSummary{SummaryOf(h.s)}})
	pos := NewPositions(h.s, h.now)
	seen := map[queue.TicketState]bool{}
	for n := 1; n <= 10; n++ {
		tk := h.s.Tickets[id(n)]
		if seen[tk.State] {
			continue
		}
		seen[tk.State] = true
		golden(t, "ticket-"+string(tk.State), TicketPageOf(h.s, tk, pos, "HTTPS://SO.HUE.VN/T/"+string(tk.ID), p))
	}
	h.do(queue.Appoint{ID: id(20), Service: notary, At: h.now.Add(40 * time.Minute), Priority: elder, Language: "en", Reference: "H57.25-0002"},
		queue.Appoint{ID: id(21), Service: notary, At: h.now.Add(50 * time.Minute)}, queue.CheckIn{ID: id(21)})
	for n, name := range map[int]string{20: "booked", 21: "checked-in"} {
		page, ok := AppointmentPageOf(h.s, id(n), "HTTPS://SO.HUE.VN/T/"+string(id(n)), h.stamp())
		if !ok {
			t.Fatalf("there is no page of appointment %d", n)
		}
		golden(t, "appointment-"+name, page)
	}
	if d, _ := DeskOf(h.s, 1, clerk, h.stamp()); d.Waiting[len(d.Waiting)-1].BookedAt == nil || d.Waiting[len(d.Waiting)-1].DueAt == nil {
		t.Errorf("a desk does not see whose hour was booked: %+v", d.Waiting)
	}
	if a := AssistOf(h.s, h.stamp()).Appointments; len(a) != 2 || a[0].State != "booked" || a[1].Number != "A008" || a[1].TicketState != "waiting" {
		t.Errorf("a helper sees the appointments %+v", a)
	}
	h.do(queue.EndDay{})
	if page, _ := AppointmentPageOf(h.s, id(20), "", h.stamp()); page.Appointment.State != "missed" {
		t.Errorf("an hour that nobody used is %s", page.Appointment.State)
	}
	golden(t, "ticket-expired", TicketPageOf(h.s, h.s.Tickets[id(9)], NewPositions(h.s, h.now), "", h.stamp()))
	if len(seen) != 7 {
		t.Errorf("the hall has tickets in %v only", seen)
	}
	trouble := h.stamp()
	trouble.Trouble = "storage_unavailable"
	golden(t, "board-ended-in-trouble", BoardOf(h.s, trouble))
}

// Outside readers rely on these keys in this order (DESIGN, core contract).
func TestTheOrderOfKeysInACall(t *testing.T) {
	h := busy(t)
	raw, err := json.Marshal(BoardOf(h.s, h.stamp()))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"version":42,"center":"thuan-hoa","at":"2025-07-14T08:08:30+07:00","epoch":"e1","calls":[{"call":1,"number":"A001","counter":1,"service":"chung-thuc","at":"2025-07-14T08:03:00+07:00"},`; !strings.HasPrefix(string(raw), want) {
		t.Errorf("a board begins\n%.300s\nwant\n%s", raw, want)
	}
	for _, c := range []string{`{"number":1,"state":"open","ticket_number":"A003"`, `{"id":"chung-thuc","waiting":`, `"number":3,"state":"closed","ticket_number":null`} {
		if !strings.Contains(string(raw), c) {
			t.Errorf("the board has no %s", c)
		}
	}
	tk, err := json.Marshal(TicketOf(h.s, h.s.Tickets[id(9)], NewPositions(h.s, h.now), ""))
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for _, key := range []string{"id", "number", "center", "service", "state", "priority", "source", "issued_at", "called_at", "counter", "position", "eta"} {
		i := strings.Index(string(tk), `"`+key+`":`)
		if i <= at {
			t.Errorf("the key %s stands at %d in %s", key, i, tk)
		}
		at = i
	}
}

// No page has to ask whether a list is there.
func TestAnEmptyCentreHasEmptyListsNotNull(t *testing.T) {
	s := queue.New()
	p := Stamp{Epoch: "e", Version: 1, Now: busy(t).now}
	bare := newHall(t)
	desk, _ := DeskOf(bare.s, 3, clerk, p)
	for name, doc := range map[string]any{"board": BoardOf(s, p), "kiosk": KioskOf(s, p), "assist": AssistOf(s, p), "monitor": MonitorOf(s, clerk, p), "center": CenterOf(s, p.Now), "desk": desk} {
		v := reflect.ValueOf(doc)
		for i := range v.NumField() {
			if f := v.Field(i); (f.Kind() == reflect.Slice || f.Kind() == reflect.Map) && f.IsNil() {
				t.Errorf("%s.%s is null", name, v.Type().Field(i).Name)
			}
		}
	}
}
