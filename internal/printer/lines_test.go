package printer

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"moiso/internal/printer/printertest"
)

// hurried are times that a test can wait for.
func hurried() Options {
	return Options{Poll: 20 * time.Millisecond, Answer: 500 * time.Millisecond, Write: 2 * time.Second, Drain: 4 * time.Second}
}

// lines are the ways to a printer that is outside of this process's clock.
var lines = map[string]func(t testing.TB, there *printertest.Printer) (url string){
	"tcp": onTCP,
	"serial": func(t testing.TB, there *printertest.Printer) string {
		return "serial://" + onPTY(t, there) + "?baud=115200"
	},
	"usb": func(t testing.TB, there *printertest.Printer) string { return "usb://" + onPTY(t, there) },
}

func onTCP(t testing.TB, there *printertest.Printer) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { there.Listen(ctx, l); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return "tcp://" + l.Addr().String()
}

// onPTY puts a printer on a pseudo-terminal and gives the name of its other end. That
// is held open, so that the line stays when the printer is opened anew.
func onPTY(t testing.TB, there *printertest.Printer) string {
	far, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := term.MakeRaw(int(near.Fd())); err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { _ = there.Serve(ctx, far); close(done) }()
	// The read of a pseudo-terminal ends when nobody has its other end open.
	t.Cleanup(func() { cancel(); _ = near.Close(); <-done })
	return near.Name()
}

// started opens a printer and runs it until the test ends.
func started(t testing.TB, url string, o Options) *Printer {
	t.Helper()
	p, err := Open(url, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return p
}

// onEach runs a test on every line.
func onEach(t *testing.T, kind printertest.Character, test func(t *testing.T, p *Printer, there *printertest.Printer)) {
	for name, line := range lines {
		t.Run(name, func(t *testing.T) {
			there := printertest.New(kind)
			test(t, started(t, line(t, there), hurried()), there)
			if err := there.Err(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEveryLinePrintsWhatWasDrawn(t *testing.T) {
	onEach(t, printertest.Character{}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		a, b := print(t, p, "a042"), print(t, p, "a043")
		untilJob(t, p, "a043", JobPrinted)
		inTray(t, there, a.Bitmap, b.Bitmap)
		there.Set(printertest.Condition{NearEnd: true})
		untilState(t, p, NearEnd)
		there.Set(printertest.Condition{CoverOpen: true})
		untilState(t, p, CoverOpen)
	})
}

func TestEveryLineSurvivesPaperThatEndsWithinASlip(t *testing.T) {
	onEach(t, printertest.Character{Rows: 4000}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		there.PaperFor(300)
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobFailed)
		untilState(t, p, PaperOut)
		there.Set(printertest.Condition{})
		again(t, p, there, j)
	})
}

func TestEveryLineSurvivesPowerThatGoesWithinASlip(t *testing.T) {
	onEach(t, printertest.Character{Rows: 4000}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		there.PowerFor(9000)
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobFailed)
		untilState(t, p, Offline)
		if err := p.Print(Job{Ticket: "a043", Bitmap: j.Bitmap}); !errors.Is(err, ErrCannotPrint) {
			t.Errorf("while it is off: %v", err)
		}
		there.Set(printertest.Condition{})
		again(t, p, there, j)
	})
}

// again answers the question about a slip and looks at the reprint.
func again(t *testing.T, p *Printer, there *printertest.Printer, j Job) {
	t.Helper()
	untilJob(t, p, j.Ticket, JobAsk)
	if err := p.Confirm(j.Ticket, true); err != nil {
		t.Fatal(err)
	}
	untilJob(t, p, j.Ticket, JobPrinted)
	slips := there.Slips()
	if len(slips) == 0 {
		t.Fatal("the tray is empty")
	}
	if diff := onPaper(slips[len(slips)-1], marked(t, j.Bitmap)); diff != "" {
		t.Errorf("the reprint: %s", diff)
	}
}

func TestEveryLinePrintsOnAPrinterThatSaysNothing(t *testing.T) {
	onEach(t, printertest.Character{Silent: true}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobPrinted)
		if s := p.Status(); s.State != Unknown {
			t.Errorf("state is %s", s.State)
		}
		arrived(t, there, 1)
		inTray(t, there, j.Bitmap)
	})
}

func TestEveryLinePrintsOnAPrinterThatDrainsSlowly(t *testing.T) {
	onEach(t, printertest.Character{Taking: 30_000, Buffer: 4096, Rows: 1000}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobPrinted)
		inTray(t, there, j.Bitmap)
	})
}

func TestEveryLineGivesUpOnAPrinterThatTakesNothing(t *testing.T) {
	onEach(t, printertest.Character{Silent: true, Buffer: 100, Rows: 1}, func(t *testing.T, p *Printer, _ *printertest.Printer) {
		// The system takes a slip or two on its own account.
		b := slip(t, "A042")
		for i := range maxQueue {
			_ = p.Print(Job{Ticket: string(rune('a' + i)), Number: "A042", Bitmap: b})
		}
		until(t, p, "a failed slip", func(s Status) bool { return s.Job != nil && s.Job.State == JobFailed || s.State == Offline })
	})
}

// arrived waits until slips lie in the tray: a silent printer does not say so.
func arrived(t testing.TB, there *printertest.Printer, n int) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	deadline := time.After(20 * time.Second)
	for len(there.Slips()) < n {
		select {
		case <-poll.C:
		case <-deadline:
			t.Fatalf("%d slips lie in the tray, want %d", len(there.Slips()), n)
		}
	}
}

func TestAPrinterInTheNetworkThatIsSwitchedOnLaterIsFound(t *testing.T) {
	there := printertest.New(printertest.Character{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	p := started(t, "tcp://"+address, hurried())
	untilState(t, p, Offline)
	l, err = net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan bool)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { there.Listen(ctx, l); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	untilState(t, p, Ready)
	print(t, p, "a042")
	untilJob(t, p, "a042", JobPrinted)
}

func TestAnIdleLineThatWasClosedIsOpenedAnewAndNobodyNotices(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	opened := make(chan net.Conn)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			opened <- c
		}
	}()
	o := hurried()
	o.Answer = 20 * time.Millisecond
	p := started(t, "tcp://"+l.Addr().String(), o)
	for range 3 {
		c := <-opened
		// Three questions, and then it is closed while nothing is asked.
		if _, err := io.ReadFull(c, make([]byte, 9)); err != nil {
			t.Fatal(err)
		}
		_ = c.Close()
	}
	last := <-opened
	defer last.Close()
	go func() { _, _ = io.Copy(io.Discard, last) }()
	print(t, p, "a042")
	untilJob(t, p, "a042", JobPrinted)
}

func TestADeviceThatIsNotThereSaysWhatToDo(t *testing.T) {
	folder := t.TempDir()
	plain := folder + "/file"
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"usb://" + folder + "/lp0":        "is the printer on, and its cable in?",
		"usb://" + plain:                  "is no device",
		"serial://" + folder + "/ttyUSB0": "cannot be opened",
		"file://" + folder + "/not-there": "cannot be read",
		"file://" + plain:                 "is not a folder",
		"tcp://127.0.0.1:1":               "cannot be reached",
	} {
		p := started(t, url, hurried())
		until(t, p, "a word on "+url, func(s Status) bool { return s.State == Offline && contains(s.Detail, want) })
	}
}
