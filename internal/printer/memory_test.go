package printer

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/escpos"
	"moiso/internal/printer/printertest"
)

// disk is a Memory that a test looks into.
type disk struct {
	received func() int // by the printer

	mu    sync.Mutex
	notes []Left
	at    []int // bytes that the printer had when a slip was noted
}

func (d *disk) Waits(j Job) { d.note(Left{j, true}) }

func (d *disk) Begun(j Job) {
	d.note(Left{Job: j})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = append(d.at, d.received())
}

func (d *disk) note(j Left) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = append(slices.DeleteFunc(d.notes, func(n Left) bool { return n.Ticket == j.Ticket }), j)
}

func (d *disk) Over(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.notes = slices.DeleteFunc(d.notes, func(n Left) bool { return n.Ticket == id })
}

func (d *disk) Left() []Left {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.notes)
}

// after starts a program on a printer that has received something from another one,
// which died.
func after(t *testing.T, kind printertest.Character, sent []byte, left ...Left) (*Printer, *printertest.Printer, *disk) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	there := printertest.New(kind)
	plug := func() net.Conn {
		near, far := net.Pipe()
		go func() { _ = there.Serve(ctx, far) }()
		return near
	}
	if len(sent) > 0 {
		before := plug()
		if _, err := before.Write(sent); err != nil {
			t.Fatal(err)
		}
		if err := before.Close(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
	}
	kept := &disk{received: there.Received, notes: left}
	o := Options{Memory: kept}.filled()
	p := open("pipe", newReceipt(func(context.Context) (line, error) { return pipe{plug()}, nil }, o, escpos.Options{Cut: o.Cut, Feed: escpos.DefaultFeed, Skip: true}, false), o)
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := there.Err(); err != nil {
			t.Error(err)
		}
	})
	return p, there, kept
}

func encoded(t *testing.T, j Job) []byte {
	t.Helper()
	page, err := escpos.Encode(escpos.Image(*j.Bitmap), escpos.Options{Cut: Options{}.filled().Cut, Feed: escpos.DefaultFeed, Skip: true})
	if err != nil {
		t.Fatal(err)
	}
	return page.Bytes()
}

func TestASlipIsNotedBeforeItsFirstByteAndUntilItIsOnPaper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, there, kept := after(t, printertest.Character{Rows: 500}, nil)
		untilState(t, p, Ready)
		before := there.Received()
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobPrinting)
		synctest.Wait()
		if left := kept.Left(); len(left) != 1 || left[0].Ticket != "a042" || left[0].Bitmap != j.Bitmap {
			t.Fatalf("while it is printed, %v is noted", left)
		}
		if questions := kept.at[0] - before; questions > 100 {
			t.Errorf("%d bytes had gone out when it was noted", questions)
		}
		untilJob(t, p, "a042", JobPrinted)
		synctest.Wait()
		if left := kept.Left(); len(left) != 0 {
			t.Errorf("when it is on paper, %v is noted", left)
		}
	})
}

// Wherever the other program died, the slip is in question; nothing more comes out by
// itself, and the reprint is whole and has its mark.
func TestASlipThatADeadProgramLeftInThePrinterIsInQuestion(t *testing.T) {
	whole := encoded(t, Job{Bitmap: slip(t, "A042")})
	for _, n := range []int{0, 1, 9, 13, 14, 500, len(whole) / 2, len(whole) - 20, len(whole)} {
		t.Run(fmt.Sprintf("after %d of %d bytes", n, len(whole)), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				j := Job{Ticket: "a042", Number: "A042", Bitmap: slip(t, "A042")}
				p, there, kept := after(t, printertest.Character{}, whole[:n], Left{Job: j})
				untilJob(t, p, "a042", JobAsk)
				if err := p.Print(j); err == nil {
					t.Error("it is printed again unasked")
				}
				time.Sleep(30 * time.Second)
				pieces, inked := len(there.Slips()), 0
				for _, s := range there.Slips() {
					if s.Inked() {
						inked++
					}
				}
				if inked > 1 || pieces > inked+1 { // a blank piece parts what was there from what comes
					t.Fatalf("%d pieces came out, %d of them inked", pieces, inked)
				}
				if n == len(whole) {
					if diff := onPaper(there.Slips()[0], j.Bitmap); diff != "" {
						t.Errorf("what the dead program sent: %s", diff)
					}
				}
				if err := p.Confirm("a042", true); err != nil {
					t.Fatal(err)
				}
				untilJob(t, p, "a042", JobPrinted)
				synctest.Wait()
				slips := there.Slips()
				if len(slips) != pieces+1 {
					t.Fatalf("%d pieces came out before the answer and %d after it", pieces, len(slips)-pieces)
				}
				if diff := onPaper(slips[pieces], marked(t, j.Bitmap)); diff != "" {
					t.Errorf("the reprint: %s", diff)
				}
				if left := kept.Left(); len(left) != 0 {
					t.Errorf("it is noted still: %v", left)
				}
			})
		})
	}
}

func TestTheNoteOfASlipGoesWithTheQuestion(t *testing.T) {
	for name, answer := range map[string]func(*Printer) error{
		"it is on paper":     func(p *Printer) error { return p.Confirm("a042", false) },
		"nobody answers":     func(*Printer) error { time.Sleep(16 * time.Minute); return nil },
		"the power went":     nil,
		"a whole day passes": func(*Printer) error { time.Sleep(24 * time.Hour); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, there, kept := after(t, printertest.Character{}, nil, Left{Job: Job{Ticket: "a042", Number: "A042", Bitmap: slip(t, "A042")}})
				untilJob(t, p, "a042", JobAsk)
				want := 0
				if answer == nil {
					want = 1 // a program that dies before the answer asks once more
				} else if err := answer(p); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if left := kept.Left(); len(left) != want {
					t.Errorf("%d notes are left, want %d", len(left), want)
				}
				if n := len(there.Slips()); n > 1 {
					t.Errorf("%d pieces came out", n)
				}
			})
		})
	}
}

func TestASlipThatIsTornIsNotedUntilItIsReprinted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, there, kept := after(t, printertest.Character{Rows: 1000}, nil)
		untilState(t, p, Ready)
		there.PaperFor(300)
		print(t, p, "a042")
		untilJob(t, p, "a042", JobFailed)
		synctest.Wait()
		if left := kept.Left(); len(left) != 1 {
			t.Fatalf("torn, it has %d notes", len(left))
		}
		there.PaperFor(-1)
		there.Set(printertest.Condition{})
		untilJob(t, p, "a042", JobAsk)
		if err := p.Confirm("a042", true); err != nil {
			t.Fatal(err)
		}
		untilJob(t, p, "a042", JobPrinted)
		synctest.Wait()
		if left := kept.Left(); len(left) != 0 {
			t.Errorf("reprinted, it is noted still: %v", left)
		}
	})
}

// Slips that wait behind the one in the printer are noted as such, and no note outlives
// its slip.
func TestSlipsThatWaitForAnotherAreNotedUntilTheyAreOnPaper(t *testing.T) {
	for name, end := range map[string]struct {
		do   func(*printertest.Printer)
		want JobState
	}{
		"printed":             {func(*printertest.Printer) {}, JobPrinted},
		"the cover is opened": {func(there *printertest.Printer) { there.Set(printertest.Condition{CoverOpen: true}) }, JobFailed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, there, kept := after(t, printertest.Character{Rows: 500}, nil)
				untilState(t, p, Ready)
				print(t, p, "a042")
				untilJob(t, p, "a042", JobPrinting)
				print(t, p, "a043")
				print(t, p, "a044")
				synctest.Wait()
				var noted []string
				for _, n := range kept.Left() {
					noted = append(noted, fmt.Sprint(n.Ticket, " ", n.Waited))
				}
				if want := []string{"a042 false", "a043 true", "a044 true"}; !slices.Equal(noted, want) {
					t.Fatalf("noted are %v, want %v", noted, want)
				}
				end.do(there)
				untilJob(t, p, "a044", end.want)
				if end.want == JobFailed {
					there.Set(printertest.Condition{})
					untilJob(t, p, "a042", JobAsk)
					if err := p.Confirm("a042", false); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Minute)
				if left := kept.Left(); len(left) != 0 {
					t.Errorf("noted still are %v", left)
				}
			})
		})
	}
}

// What waited when the program died is asked about after what was in the printer.
func TestSlipsThatWaitedWhenAProgramDiedAreInQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := Job{Ticket: "a042", Number: "A042", Bitmap: slip(t, "A042")}
		next := Job{Ticket: "a043", Number: "A043", Bitmap: slip(t, "A043")}
		whole := encoded(t, first)
		p, there, kept := after(t, printertest.Character{}, whole[:len(whole)/2], Left{Job: first}, Left{next, true})
		for _, j := range []Job{first, next} {
			untilJob(t, p, j.Ticket, JobAsk)
			pieces := len(there.Slips())
			if err := p.Confirm(j.Ticket, true); err != nil {
				t.Fatal(err)
			}
			untilJob(t, p, j.Ticket, JobPrinted)
			slips := there.Slips()
			if diff := onPaper(slips[len(slips)-1], marked(t, j.Bitmap)); diff != "" || len(slips) <= pieces {
				t.Errorf("%s: %d pieces after %d: %s", j.Number, len(slips), pieces, diff)
			}
		}
		synctest.Wait()
		if left := kept.Left(); len(left) != 0 {
			t.Errorf("noted still are %v", left)
		}
	})
}

// away is a printer that is well when it is asked, and gone when a slip comes.
type away struct {
	there bool
	torn  []string // what is expected in it
}

func (a *away) look(context.Context) (State, string) { return Ready, "" }

func (a *away) print(context.Context, Job) (outcome, error) {
	if a.there {
		return whole, nil
	}
	a.there = true
	return untouched, errGone
}

func (a *away) left(j Job) { a.torn = append(a.torn, j.Ticket) }
func (a *away) close()     {}

func TestASlipThatOnlyWaitedIsNotExpectedInThePrinter(t *testing.T) {
	bitmap := slip(t, "A042")
	there := &away{}
	open("away", there, Options{Memory: &disk{notes: []Left{{Job: Job{Ticket: "a042", Bitmap: bitmap}}, {Job{Ticket: "a043", Bitmap: bitmap}, true}}}}.filled())
	if want := []string{"a042"}; !slices.Equal(there.torn, want) {
		t.Errorf("%v are expected in the printer, want %v", there.torn, want)
	}
}

func TestAReprintThatDidNotBeginIsInQuestionAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		j := Job{Ticket: "a042", Number: "A042", Bitmap: slip(t, "A042")}
		kept := &disk{received: func() int { return 0 }, notes: []Left{{Job: j}}}
		p := open("away", &away{}, Options{Memory: kept}.filled())
		go func() { _ = p.Run(ctx) }()
		untilJob(t, p, "a042", JobAsk)
		if err := p.Confirm("a042", true); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		untilJob(t, p, "a042", JobAsk)
		if left := kept.Left(); len(left) != 1 {
			t.Errorf("in question, it has %d notes", len(left))
		}
		if err := p.Confirm("a042", true); err != nil {
			t.Fatal(err)
		}
		untilJob(t, p, "a042", JobPrinted)
		synctest.Wait()
		if left := kept.Left(); len(left) != 0 {
			t.Errorf("printed, noted still is %v", left)
		}
	})
}
