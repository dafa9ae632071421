package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"moiso/internal/client"
	"moiso/internal/device"
	"moiso/internal/directory"
	"moiso/internal/printer/printertest"
	"moiso/internal/queue"
	"moiso/internal/testbed"
	"moiso/internal/view"
)

// onNetwork puts a printer of a test on the network.
func onNetwork(t *testing.T, kind printertest.Character) (there *printertest.Printer, url string) {
	t.Helper()
	there = printertest.New(kind)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	done := make(chan bool)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { there.Listen(ctx, l); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return there, "tcp://" + l.Addr().String()
}

// station starts a print station in a process of its own, with a token.
func (w *world) station(token, dir, printer string) *child {
	w.t.Helper()
	return w.process([]string{"print-station", "-server", w.line.url(), "-center", string(here), "-data", dir, "-listen", "127.0.0.1:0", "-printer", printer}, token)
}

// stationToken registers a print station.
func (w *world) stationToken() string {
	w.t.Helper()
	_, token, err := w.auth.CreateDevice(context.Background(), directory.Printer, here, "bàn hướng dẫn")
	must(w.t, err)
	return token
}

// printable waits until staff can have a slip printed and gives the device's id.
func (w *world) printable(c *client.Client) (device string) {
	w.t.Helper()
	eventually(w.t, "a printer that can print", func() bool {
		p, err := c.Prints(context.Background(), string(here))
		if err != nil || len(p.Printers) == 0 || !p.Printers[0].Prints || p.Printers[0].State != "ready" {
			return false
		}
		device = p.Printers[0].Device
		return true
	})
	return device
}

// deskTicket is a ticket that a helper gave out.
func (w *world) deskTicket(n int) view.Ticket {
	w.t.Helper()
	return *w.do(queue.Issue{ID: queue.TicketID(id(n)), Service: "chung-thuc", Source: "desk"}).Ticket
}

// order is how an order stands.
func (w *world) order(id string) (p queue.Print) {
	w.t.Helper()
	must(w.t, w.engine.View(context.Background(), here, func(s *queue.State, _ view.Stamp) error {
		if o := s.Print(queue.PrintID(id)); o != nil {
			p = *o
		}
		return nil
	}))
	return p
}

func (w *world) ordered(c *client.Client, ticket, device string) view.Print {
	w.t.Helper()
	p, err := c.Print(context.Background(), ticket, client.NewTicketID(), device)
	must(w.t, err)
	return p
}

// becomes waits until an order has ended, and wants it to end so.
func (w *world) becomes(id string, state queue.PrintState) queue.Print {
	w.t.Helper()
	eventually(w.t, "the end of the order", func() bool {
		s := w.order(id).State
		return s != queue.PrintOpen && (s != queue.PrintLate || state == s)
	})
	p := w.order(id)
	if p.State != state {
		w.t.Errorf("the order is %s (%s), want %s", p.State, p.Why, state)
	}
	return p
}

func inked(p *printertest.Printer) (out []printertest.Slip) {
	for _, s := range p.Slips() {
		if s.Inked() {
			out = append(out, s)
		}
	}
	return out
}

// A station without a screen prints its code, is let in, and prints what staff order.
func TestAPrintStationIsLetInByTheCodeOnItsPaperAndPrintsWhatStaffOrder(t *testing.T) {
	w := newWorld(t)
	manager := w.manager()
	there, url := onNetwork(t, printertest.Character{})
	c := w.process([]string{"print-station", "-server", w.line.url(), "-data", t.TempDir(), "-listen", "127.0.0.1:0", "-printer", url}, "")
	eventually(t, "the code on paper", func() bool { return len(inked(there)) == 1 })
	code := zbarReads(t, inked(there)[0], 384)
	if !strings.HasPrefix(code, "https://so.hue.vn/admin/devices?code=") {
		t.Fatalf("the slip with the code leads to %s", code)
	}
	code = code[len(code)-6:]
	if _, err := manager.Approve(t.Context(), client.Approval{Code: code, Center: string(here), Role: "kiosk", Place: "bàn"}); client.Code(err) != "invalid" {
		t.Errorf("let in as a kiosk: %v", err)
	}
	d, err := manager.Approve(t.Context(), client.Approval{Code: code, Center: string(here), Role: "printer", Place: "bàn hướng dẫn"})
	must(t, err)
	if device := w.printable(manager); device != d.ID {
		t.Errorf("%s can print, %s was let in", device, d.ID)
	}
	k := w.deskTicket(1)
	w.becomes(w.ordered(manager, k.ID, "").ID, queue.PrintDone)
	if got := zbarReads(t, inked(there)[1], 576); !strings.HasSuffix(got, k.ID) {
		t.Errorf("the slip leads to %s, the ticket is %s", got, k.ID)
	}

	// Its settings are those of a kiosk, live.
	w.do(queue.SetKiosk{Device: d.ID, Settings: queue.KioskSettings{PaperDots: 384}})
	eventually(t, "a narrow slip", func() bool {
		w.becomes(w.ordered(manager, k.ID, d.ID).ID, queue.PrintDone)
		last := inked(there)
		return zbarSees(last[len(last)-1], 384, k.ID)
	})
	there.Set(printertest.Condition{PaperOut: true})
	if _, err := manager.Print(t.Context(), k.ID, "", d.ID); err != nil && client.Code(err) != "no_printer" {
		t.Errorf("without paper: %v", err)
	}
	eventually(t, "the alert's cause", func() bool {
		p, err := manager.Prints(t.Context(), string(here))
		return err == nil && p.Printers[0].State == "paper_out"
	})
	must(t, manager.Revoke(t.Context(), d.ID))
	w.line.set(line{cut: true}) // nothing in this server closes its socket
	w.line.set(line{})
	eventually(t, "it shows a code again", func() bool { _, doc := c.get("/local/state"); return doc["pairing"] != nil })
}

// The power of the station goes at any moment of an order: nothing is printed twice, and
// staff are told to look.
func TestAnOrderInThePrinterOfAStationThatDiedIsDoubtfulAndNotRepeated(t *testing.T) {
	const slow = 30_000
	for _, c := range []struct {
		name  string
		kind  printertest.Character
		after int
	}{
		{"as it begins", printertest.Character{Taking: slow}, 200},
		{"in the middle", printertest.Character{Taking: slow}, 20_000},
		{"when the printer has all of it", printertest.Character{Rows: 400}, 33_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			manager := w.manager()
			there, url := onTerminal(t, c.kind)
			dir, token := t.TempDir(), w.stationToken()
			s := w.station(token, dir, url)
			device := w.printable(manager)
			before := there.Received()
			k := w.deskTicket(1)
			o := w.ordered(manager, k.ID, "")
			eventually(t, "the slip is on its way", func() bool { return there.Received()-before >= c.after })
			s.kill()

			s = w.station(token, dir, url)
			if p := w.becomes(o.ID, queue.PrintDoubtful); p.Why != "restarted" {
				t.Errorf("it is doubtful because %s", p.Why)
			}
			w.printable(manager)
			again := w.ordered(manager, k.ID, device)
			if !again.Again {
				t.Error("the second slip carries no mark")
			}
			w.becomes(again.ID, queue.PrintDone)
			const want = 2 // what the first program sent, torn or whole, and the second slip
			eventually(t, "what is printed", func() bool { return len(inked(there)) >= want })
			slips := inked(there)
			if len(slips) != want || !zbarSees(slips[want-1], 576, k.ID) {
				t.Errorf("%d pieces came out, want %d", len(slips), want)
			}
			s.kill()
			s = w.station(token, dir, url)
			w.printable(manager)
			if strings.Contains(s.logs.String(), "was in the printer when this program ended") {
				t.Errorf("after the end it says:\n%s", s.logs)
			}
		})
	}
}

// The line is cut while an order is in the printer: how it ended is told afterwards, also
// when the server has given it up meanwhile.
func TestTheEndOfAnOrderIsToldAlsoAfterACut(t *testing.T) {
	w := newWorld(t)
	manager := w.manager()
	there, url := onTerminal(t, printertest.Character{Taking: 30_000})
	w.station(w.stationToken(), t.TempDir(), url)
	w.printable(manager)
	before := there.Received()
	k := w.deskTicket(1)
	o := w.ordered(manager, k.ID, "")
	eventually(t, "the slip is on its way", func() bool { return there.Received()-before >= 200 })
	w.line.set(line{cut: true})
	eventually(t, "the slip", func() bool { return len(inked(there)) == 1 })
	w.set(func() { w.ahead = queue.PrintWithin + time.Second })
	w.do(queue.Tick{})
	if p := w.order(o.ID); p.State != queue.PrintLate {
		t.Errorf("without a word it is %s", p.State)
	}
	w.line.set(line{})
	eventually(t, "the end is told", func() bool { return w.order(o.ID).State == queue.PrintDone })
	if n := len(inked(there)); n != 1 {
		t.Errorf("%d slips came out", n)
	}
}

// A kiosk prints for staff, too, and asks nobody before it about a slip of theirs.
func TestAKioskPrintsForStaffAndAsksNobodyAboutTheirSlips(t *testing.T) {
	w := newWorld(t)
	manager := w.manager()
	there, url := onTerminal(t, printertest.Character{Taking: 60_000})
	m := w.kioskAt(w.token(), t.TempDir(), newClock(), "-printer", url)
	m.ready()
	device := w.printable(manager)
	k := w.deskTicket(1)
	w.becomes(w.ordered(manager, k.ID, "").ID, queue.PrintDone)
	if got := zbarReads(t, inked(there)[0], 576); !strings.HasSuffix(got, k.ID) {
		t.Errorf("the slip leads to %s", got)
	}
	there.PowerFor(10_000)
	o := w.ordered(manager, k.ID, device)
	p := w.becomes(o.ID, queue.PrintDoubtful)
	if !slices.Contains([]string{"offline", "cut_off"}, p.Why) {
		t.Errorf("it is doubtful because %q", p.Why)
	}
	there.Set(printertest.Condition{})
	w.printable(manager)
	if testbed.Holds(3*time.Second, func() bool { _, state := m.job(); return state == "ask" }) {
		t.Error("whoever stands before the kiosk is asked about it")
	}
	// One that cannot print is not named, and one that says so too late answers at once.
	there.Set(printertest.Condition{PaperOut: true})
	eventually(t, "the kiosk knows", func() bool {
		p, err := manager.Prints(t.Context(), string(here))
		return err == nil && p.Printers[0].State == "paper_out"
	})
	late := w.do(queue.OrderPrint{ID: "2222222222222222", Ticket: queue.TicketID(k.ID), Device: device}).Print
	if p := w.becomes(late.ID, queue.PrintFailed); p.Why != "paper_out" {
		t.Errorf("without paper it fails because %q", p.Why)
	}
}

// answers is a server of the test's own.
type answers struct {
	mu    sync.Mutex
	asked []string
	give  func(n int, method, path string, body []byte) (int, string, error)
}

func (a *answers) Do(_ context.Context, method, path string, body []byte) (device.Answer, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.asked = append(a.asked, method+" "+path+" "+string(body))
	status, text, err := a.give(len(a.asked), method, path, body)
	return device.Answer{Status: status, Body: []byte(text)}, err
}

func (a *answers) was(want string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(a.asked), func(s string) bool { return !strings.Contains(s, want) }))
}

// What is noted on disk decides after a start: an order that was begun is never printed
// again, and one whose end nobody heard is told, whatever the server answers meanwhile.
func TestTheNotesOfOrdersDecideAfterAStart(t *testing.T) {
	const mine, ended, begun = "1111111111111111", "2222222222222222", "3333333333333333"
	sp, _, err := openSpool(t.TempDir(), noon)
	must(t, err)
	defer sp.close()
	notes := &orderNotes{sp.db}
	must(t, notes.put(ended, orderNote{Ticket: id(2), Number: "A002", State: queue.PrintDone, At: noon}))
	must(t, notes.put(begun, orderNote{Ticket: id(3), Number: "A003", At: noon.Add(time.Second)}))
	a := &answers{give: func(n int, method, path string, _ []byte) (int, string, error) {
		switch {
		case n == 1:
			return 0, "", context.DeadlineExceeded // the answer is lost
		case n == 2:
			return http.StatusServiceUnavailable, `{"code":"storage_unavailable"}`, nil
		case strings.HasSuffix(path, begun+"/end"):
			return http.StatusNotFound, `{"code":"unknown_print"}`, nil // of yesterday
		case method == http.MethodGet:
			return http.StatusOK, fmt.Sprintf(`{"print":{"id":%q,"state":"ordered"},"ticket":{"id":%q,"number":"A001"}}`, mine, id(1)), nil
		}
		return http.StatusOK, `{}`, nil
	}}
	logs := &testbed.Text{}
	who := identity{}
	var mu sync.Mutex
	o := newOrders(slog.New(slog.NewTextHandler(logs, nil)), string(here), a, nil, sp, func() (identity, *view.Kiosk) {
		mu.Lock()
		defer mu.Unlock()
		return who, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan bool)
	go func() { o.run(ctx); close(done) }()
	calls := []view.PrintCall{{ID: mine, Device: "d_me"}, {ID: "4444444444444444", Device: "d_other"}, {ID: ended, Device: "d_me"}}
	o.heard(calls) // nobody knows yet who this is
	eventually(t, "what was left is told", func() bool { left, err := notes.all(); return err == nil && len(left) == 0 })
	if a.was(ended+`/end {"state":"printed"`) != 3 || a.was(begun+`/end {"state":"doubtful","why":"restarted"}`) != 1 || a.was(mine) != 0 {
		t.Errorf("the server was asked %q", a.asked)
	}
	mu.Lock()
	who.Device = "d_me"
	mu.Unlock()
	o.sort()
	eventually(t, "the order of this device", func() bool { return a.was(mine+`/end {"state":"failed","why":"no_printer"}`) == 1 })
	o.heard(calls)
	cancel()
	<-done
	if a.was("4444") != 0 || a.was("GET") != 1 || a.was(ended) != 3 {
		t.Errorf("the server was asked %q", a.asked)
	}
}

func TestAStationSaysWhatIsWrongWithItsCommandLine(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"-server", "http://127.0.0.1:1"}, "-printer is needed, like usb:///dev/usb/lp0"},
		{[]string{"-server", "http://127.0.0.1:1", "-printer", "none"}, "-printer is needed"},
		{[]string{"-server", "http://127.0.0.1:1", "-printer", "tpc://10.0.0.7"}, `there is no kind "tpc"`},
		{[]string{"-printer", "file:///tmp"}, "-server is needed"},
		{[]string{"-server", "http://127.0.0.1:1", "-printer", "file:///tmp", "-center", "x"}, "-token is needed"},
	} {
		code, stdout, stderr := kioskRuns(t, append([]string{"print-station"}, c.args...)...)
		if code != 2 || !strings.HasPrefix(stderr, "kiosk print-station: ") || !strings.Contains(stderr, c.want) || !strings.Contains(stderr, "Run 'kiosk print-station -h'") || stdout != "" {
			t.Errorf("%v: code %d, %q, %q", c.args, code, stdout, stderr)
		}
	}
	if code, stdout, _ := kioskRuns(t, "print-station", "-h"); code != 0 || !strings.Contains(stdout, "Usage: kiosk print-station -server URL -printer URL [flags]") {
		t.Errorf("its help: code %d, %s", code, stdout)
	}
}
