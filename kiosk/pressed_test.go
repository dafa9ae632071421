package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"go.etcd.io/bbolt"
	"golang.org/x/term"

	"moiso/internal/printer"
	"moiso/internal/printer/printertest"
	"moiso/internal/testbed"
	"moiso/internal/ticket"
	"moiso/internal/view"
)

// onTerminal puts a printer of a test on a serial line that outlives the kiosk.
func onTerminal(t *testing.T, kind printertest.Character) (there *printertest.Printer, url string) {
	t.Helper()
	far, near, err := pty.Open()
	must(t, err)
	_, err = term.MakeRaw(int(near.Fd()))
	must(t, err)
	there = printertest.New(kind)
	done := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		defer close(done)
		_ = there.Serve(ctx, far) // ends with the test
	}()
	t.Cleanup(func() {
		cancel()
		_ = far.Close()
		_ = near.Close() // held until now: a kiosk that dies must not hang the line up
		<-done
		if err := there.Err(); err != nil {
			t.Errorf("the printer: %v", err)
		}
	})
	return there, "serial://" + near.Name()
}

// job is the slip that a kiosk shows as the one in hand.
func (m *machineUnderTest) job() (number, state string) {
	m.t.Helper()
	_, doc := m.get("/local/state")
	j, _ := doc["job"].(map[string]any)
	number, _ = j["number"].(string)
	state, _ = j["state"].(string)
	return number, state
}

// The power of the kiosk goes while a slip is in the printer, at any moment of it, online
// and cut off. Afterwards somebody is asked, and nothing is printed twice unasked.
func TestASlipThatWasInThePrinterWhenTheKioskDiedIsAskedAbout(t *testing.T) {
	const slow = 30_000 // bytes or rows a second: a slip takes two seconds
	for _, c := range []struct {
		name  string
		kind  printertest.Character
		after int // bytes
		lane  bool
		again bool
	}{
		{"as it begins", printertest.Character{Taking: slow}, 200, false, true},
		{"in the middle", printertest.Character{Taking: slow}, 20_000, false, true},
		{"in the middle of a slip of the lane", printertest.Character{Taking: slow}, 20_000, true, true},
		{"when the printer has all of it", printertest.Character{Rows: 400}, 33_000, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			there, url := onTerminal(t, c.kind)
			dir, token := t.TempDir(), w.token()
			kiosk := w.child(token, dir, "-printer", url)
			kiosk.ready()
			eventually(t, "the printer is known", func() bool {
				_, doc := kiosk.get("/local/state")
				return strings.Contains(fmt.Sprint(doc["printer"]), "ready")
			})
			if c.lane {
				w.line.set(line{cut: true})
			}
			before := there.Received()
			k, ok := kiosk.touch(1)
			if !ok || strings.HasPrefix(k.Number, "HK") != c.lane {
				t.Fatalf("the kiosk gives out %+v", k)
			}
			eventually(t, "the slip is on its way", func() bool { return there.Received()-before >= c.after })
			kiosk.kill()

			kiosk = w.child(token, dir, "-printer", url)
			eventually(t, "the question", func() bool { number, state := kiosk.job(); return number == k.Number && state == "ask" })
			inked := func() (out []printertest.Slip) {
				for _, s := range there.Slips() {
					if s.Inked() {
						out = append(out, s)
					}
				}
				return out
			}
			status, doc := kiosk.post("/local/print", map[string]any{"ticket": k.ID, "again": c.again})
			if status != 204 {
				t.Fatalf("the answer is met with %d %v", status, doc)
			}
			// What the first program sent is torn, but where the printer had all of it.
			want := 1
			if c.again {
				want = 2
				if !testbed.Holds(testbed.Patience, func() bool {
					_, state := kiosk.job()
					if state == "ask" { // the printer was not well a moment ago: the question stands again
						kiosk.post("/local/print", map[string]any{"ticket": k.ID, "again": true})
					}
					return state == "printed"
				}) {
					_, now := kiosk.get("/local/state")
					t.Fatalf("the reprint does not come: %v %v, the printer has %d bytes and cut %d slips\n%s", now["job"], now["printer"], there.Received(), len(there.Slips()), kiosk.logs)
				}
			}
			eventually(t, "what is printed", func() bool { return len(inked()) >= want })
			slips := inked()
			if len(slips) != want {
				t.Fatalf("%d pieces came out, want %d", len(slips), want)
			}
			if got := zbarReads(t, slips[want-1], 576); !strings.Contains(got, k.ID) {
				t.Errorf("the slip leads to %s, the ticket is %s", got, k.ID)
			}
			kiosk.kill()
			kiosk = w.child(token, dir, "-printer", url)
			eventually(t, "the printer is known", func() bool {
				_, doc := kiosk.get("/local/state")
				return strings.Contains(fmt.Sprint(doc["printer"]), "ready")
			})
			if number, state := kiosk.job(); state == "ask" {
				t.Errorf("it asks about %s again", number)
			}
			if strings.Contains(kiosk.logs.String(), "in the printer when this program ended") {
				t.Errorf("after the answer the kiosk says:\n%s", kiosk.logs)
			}
		})
	}
}

func pressOf(t *testing.T, number string) printer.Job {
	t.Helper()
	b, err := ticket.Render(slipOf(nil, settings(nil, identity{}), view.Ticket{Number: number, URL: "HTTPS://SO.HUE.VN/T/7K3M9QX2PDR4WN5A"}), ticket.Wide)
	must(t, err)
	return printer.Job{Ticket: "id-" + number, Number: number, Bitmap: b, Again: number == "A002"}
}

func TestTheNoteOfASlipSurvivesOnDiskAndOldOrDamagedOnesAreLetGo(t *testing.T) {
	logs := &testbed.Text{}
	now := noon
	dir := t.TempDir()
	s, _, err := openSpool(dir, now)
	must(t, err)
	m := &pressed{s, slog.New(slog.NewTextHandler(logs, nil)), func() time.Time { return now }}
	first, second := pressOf(t, "A001"), pressOf(t, "A002")
	m.Begun(second)
	now = now.Add(time.Second)
	m.Waits(first)
	must(t, s.close())
	s, warning, err := openSpool(dir, now)
	must(t, err)
	if warning != "" {
		t.Error(warning)
	}
	m.spool = s
	left := m.Left()
	if len(left) != 2 || left[0].Number != "A002" || !left[0].Again || left[0].Waited || !left[1].Waited || left[1].Number != "A001" || string(left[1].Bitmap.Bits) != string(first.Bitmap.Bits) {
		t.Fatalf("left are %v", left)
	}
	m.Over("id-A002")
	m.Over("id-nobody")
	must(t, s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(pressBucket)
		return errors.Join(b.Put([]byte("id-A003"), []byte(`{"number":"A003","width":576,"height":10,"dots":"AAAA"}`)),
			b.Put([]byte("id-A004"), []byte("\x00\xff")))
	}))
	if left = m.Left(); len(left) != 1 || left[0].Number != "A001" {
		t.Fatalf("left are %v", left)
	}
	if n := strings.Count(logs.String(), "cannot be read"); n != 2 {
		t.Errorf("%d notes cannot be read:\n%s", n, logs)
	}
	now = now.Add(pressAge + time.Minute)
	if left = m.Left(); len(left) != 0 || !strings.Contains(logs.String(), "too long ago") {
		t.Errorf("hours later %v are left:\n%s", left, logs)
	}
	now = noon
	if left = m.Left(); len(left) != 0 {
		t.Errorf("what was let go is back: %v", left)
	}
	must(t, s.close())

	// A disk that takes nothing does not keep a slip from its printer.
	m.Begun(first)
	m.Over("id-A001")
	if left := m.Left(); len(left) != 0 || !strings.Contains(logs.String(), "printed without a note") {
		t.Errorf("of a closed spool %v are left:\n%s", left, logs)
	}
}
