package printer

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/printer/printertest"
)

func TestASlipComesOutAsItIsDrawn(t *testing.T) {
	inside(t, printertest.Character{}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobPrinted)
		inTray(t, there, j.Bitmap)
	})
}

func TestATicketIsPrintedOnceUnlessAskedForAgain(t *testing.T) {
	inside(t, printertest.Character{}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		j := print(t, p, "a042")
		if err := p.Print(j); !errors.Is(err, ErrPrintedOnce) {
			t.Errorf("while it is on its way: %v", err)
		}
		untilJob(t, p, "a042", JobPrinted)
		if err := p.Print(j); !errors.Is(err, ErrPrintedOnce) {
			t.Errorf("after it is printed: %v", err)
		}
		j.Again = true
		if err := p.Print(j); err != nil {
			t.Fatal(err)
		}
		untilJob(t, p, "a042", JobPrinted)
		inTray(t, there, j.Bitmap, marked(t, j.Bitmap))
	})
}

func TestSlipsComeOutInOrderOneAtATime(t *testing.T) {
	inside(t, printertest.Character{Rows: 1200}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		a, b, c := print(t, p, "a001"), print(t, p, "a002"), print(t, p, "a003")
		untilJob(t, p, "a003", JobPrinted)
		inTray(t, there, a.Bitmap, b.Bitmap, c.Bitmap)
	})
}

func TestMoreSlipsThanAPersonCouldWaitForAreRefused(t *testing.T) {
	inside(t, printertest.Character{Rows: 10}, func(t *testing.T, p *Printer, _ *printertest.Printer) {
		untilState(t, p, Ready)
		b := slip(t, "A001")
		var err error
		for i := range maxQueue + 2 {
			err = p.Print(Job{Ticket: string(rune('a' + i)), Bitmap: b})
		}
		if !errors.Is(err, ErrFull) {
			t.Errorf("the last of %d: %v", maxQueue+2, err)
		}
	})
}

func TestWhileItCannotPrintASlipIsRefusedAndNeverComesOutLater(t *testing.T) {
	for want, c := range map[State]printertest.Condition{
		PaperOut:  {PaperOut: true},
		CoverOpen: {CoverOpen: true, PaperOut: true},
		Error:     {Cutter: true},
	} {
		t.Run(string(want), func(t *testing.T) {
			inside(t, printertest.Character{}, func(t *testing.T, p *Printer, there *printertest.Printer) {
				untilState(t, p, Ready)
				there.Set(c)
				untilState(t, p, want)
				if err := p.Print(Job{Ticket: "a1", Bitmap: slip(t, "A001")}); !errors.Is(err, ErrCannotPrint) {
					t.Errorf("error is %v", err)
				}
				there.Set(printertest.Condition{})
				untilState(t, p, Ready)
				inTray(t, there)
				print(t, p, "a1") // what was refused may be printed now
				untilJob(t, p, "a1", JobPrinted)
			})
		})
	}
}

func TestAFaultSinceTheLastQuestionFailsASlipBeforeItBegins(t *testing.T) {
	inside(t, printertest.Character{}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		there.Set(printertest.Condition{PaperOut: true})
		print(t, p, "a042")
		untilJob(t, p, "a042", JobFailed)
		there.Set(printertest.Condition{})
		untilState(t, p, Ready)
		time.Sleep(time.Minute) // of the test's clock
		if j := p.Status().Job; j == nil || j.State != JobFailed {
			t.Errorf("slip is %+v, want failed and not in question", j)
		}
		inTray(t, there)
	})
}

func TestANearlyEmptyRollWarnsAndPrints(t *testing.T) {
	inside(t, printertest.Character{}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		there.Set(printertest.Condition{NearEnd: true})
		untilState(t, p, NearEnd)
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobPrinted)
		inTray(t, there, j.Bitmap)
	})
}

func TestPaperThatEndsWithinASlipPutsItInQuestion(t *testing.T) {
	for name, kind := range map[string]printertest.Character{
		"the printer holds the whole slip": {Rows: 1000},
		"it holds little":                  {Rows: 1000, Buffer: 2048},
		"it says nothing when it is done":  {Rows: 5000, NoFence: true},
	} {
		t.Run(name, func(t *testing.T) {
			inside(t, kind, func(t *testing.T, p *Printer, there *printertest.Printer) {
				untilState(t, p, Ready)
				there.PaperFor(300)
				j := print(t, p, "a042")
				untilJob(t, p, "a042", JobFailed)
				// One whose buffer is full hears no question: it is offline.
				until(t, p, "a fault", func(s Status) bool { return s.State == PaperOut || kind.Buffer > 0 && s.State == Offline })
				if err := p.Confirm("a042", true); !errors.Is(err, ErrNoQuestion) {
					t.Errorf("before the paper is there: %v", err)
				}
				there.Set(printertest.Condition{})
				untilJob(t, p, "a042", JobAsk)
				if err := p.Print(j); !errors.Is(err, ErrPrintedOnce) {
					t.Errorf("while it is in question: %v", err)
				}
				torn := len(there.Slips())
				if err := p.Confirm("a042", true); err != nil {
					t.Fatal(err)
				}
				untilJob(t, p, "a042", JobPrinted)
				slips := there.Slips()
				if diff := onPaper(slips[len(slips)-1], marked(t, j.Bitmap)); diff != "" {
					t.Errorf("the reprint: %s", diff)
				}
				if len(slips) > torn+2 {
					t.Errorf("%d pieces came out before the question, and %d after it", torn, len(slips)-torn)
				}
			})
		})
	}
}

func TestASlipInQuestionIsLetGoWhenNobodyWantsIt(t *testing.T) {
	for name, answer := range map[string]func(t *testing.T, p *Printer){
		"no": func(t *testing.T, p *Printer) {
			if err := p.Confirm("a042", false); err != nil {
				t.Fatal(err)
			}
		},
		"no answer": func(t *testing.T, p *Printer) { time.Sleep(16 * time.Minute) }, // of the test's clock
	} {
		t.Run(name, func(t *testing.T) {
			inside(t, printertest.Character{Rows: 1000}, func(t *testing.T, p *Printer, there *printertest.Printer) {
				untilState(t, p, Ready)
				there.PaperFor(300)
				print(t, p, "a042")
				untilState(t, p, PaperOut)
				there.Set(printertest.Condition{})
				untilJob(t, p, "a042", JobAsk)
				answer(t, p)
				until(t, p, "the end of the question", func(s Status) bool { return s.Job == nil })
				if err := p.Confirm("a042", true); !errors.Is(err, ErrNoQuestion) {
					t.Errorf("after it was let go: %v", err)
				}
				next := print(t, p, "a043")
				untilJob(t, p, "a043", JobPrinted)
				slips := there.Slips()
				if diff := onPaper(slips[len(slips)-1], next.Bitmap); diff != "" {
					t.Errorf("the next slip: %s", diff)
				}
			})
		})
	}
}

func TestAQuestionDoesNotHoldUpTheNextPerson(t *testing.T) {
	inside(t, printertest.Character{Rows: 1000}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		there.PaperFor(300)
		print(t, p, "a042")
		untilState(t, p, PaperOut)
		there.Set(printertest.Condition{})
		untilJob(t, p, "a042", JobAsk)
		print(t, p, "a043")
		untilJob(t, p, "a043", JobPrinted)
		untilJob(t, p, "a042", JobAsk) // shown again when the next one has gone
		if s, _ := p.Job("a043"); s != JobPrinted {
			t.Errorf("a043 is %s", s)
		}
	})
}

func TestPowerThatGoesWithinASlipPutsItInQuestion(t *testing.T) {
	inside(t, printertest.Character{Taking: 20_000}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		there.PowerFor(9000)
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobFailed)
		untilState(t, p, Offline)
		there.Set(printertest.Condition{})
		untilJob(t, p, "a042", JobAsk)
		if err := p.Confirm("a042", true); err != nil {
			t.Fatal(err)
		}
		untilJob(t, p, "a042", JobPrinted)
		slips := there.Slips()
		if diff := onPaper(slips[len(slips)-1], marked(t, j.Bitmap)); diff != "" {
			t.Errorf("the reprint: %s", diff)
		}
		if len(there.Torn()) != 1 {
			t.Errorf("%d slips were torn, want 1", len(there.Torn()))
		}
	})
}

// A printer that is off for a moment comes back as if nothing had been: only that it
// does not say that it has printed the slip.
func TestAResetWithinASlipPutsItInQuestion(t *testing.T) {
	inside(t, printertest.Character{Rows: 500}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		print(t, p, "a042")
		time.Sleep(500 * time.Millisecond) // of the test's clock: within the slip
		there.Set(printertest.Condition{Off: true})
		there.Set(printertest.Condition{})
		untilJob(t, p, "a042", JobAsk)
	})
}

func TestACloneThatNeverAnswersIsUnknownAndPrints(t *testing.T) {
	inside(t, printertest.Character{Silent: true}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		time.Sleep(time.Minute) // of the test's clock: it is asked in vain
		if s := p.Status(); s.State != Unknown || !s.State.Prints() {
			t.Fatalf("state is %s", s.State)
		}
		since := time.Now()
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobPrinted)
		if took := time.Since(since); took > 0 {
			t.Errorf("it was waited for %v, and answers nothing", took)
		}
		synctest.Wait()
		inTray(t, there, j.Bitmap)
	})
}

func TestACloneThatAnswersHalfOfTheQuestionsPrints(t *testing.T) {
	inside(t, printertest.Character{Deaf: []byte{2, 3}, NoFence: true}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobPrinted)
		inTray(t, there, j.Bitmap)
		there.Set(printertest.Condition{PaperOut: true})
		untilState(t, p, PaperOut)
	})
}

// A head that cools down, and a clone that calls itself offline while it prints, need
// nobody: the slip comes to its end.
func TestWhatGoesOnByItselfTearsNoSlip(t *testing.T) {
	for name, c := range map[string]printertest.Condition{"a hot head": {Hot: true}, "a busy clone": {Busy: true}} {
		t.Run(name, func(t *testing.T) {
			inside(t, printertest.Character{Taking: 20_000, Rows: 1000}, func(t *testing.T, p *Printer, there *printertest.Printer) {
				untilState(t, p, Ready)
				j := print(t, p, "a042")
				time.Sleep(time.Second) // of the test's clock: within the slip
				there.Set(c)
				time.Sleep(3 * time.Second)
				if s, _ := p.Job("a042"); s == JobFailed {
					t.Error("the slip has failed")
				}
				there.Set(printertest.Condition{})
				untilJob(t, p, "a042", JobPrinted)
				inTray(t, there, j.Bitmap)
			})
		})
	}
}

func TestAPrinterThatDrainsSlowlyPrintsToTheEnd(t *testing.T) {
	inside(t, printertest.Character{Taking: 11_520, Buffer: 4096, Rows: 800}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		j := print(t, p, "a042")
		untilJob(t, p, "a042", JobPrinted)
		inTray(t, there, j.Bitmap)
	})
}

func TestAPrinterThatTakesNothingDoesNotHoldTheKioskUp(t *testing.T) {
	inside(t, printertest.Character{Silent: true, Buffer: 8192, Rows: 1}, func(t *testing.T, p *Printer, _ *printertest.Printer) {
		since := time.Now()
		print(t, p, "a042")
		untilJob(t, p, "a042", JobFailed)
		if took := time.Since(since); took > 10*time.Second {
			t.Errorf("it took %v to give up", took)
		}
		if j := p.Status().Job; j.Why == "" {
			t.Error("it does not say why")
		}
	})
}

func TestWhatWaitsWhenAFaultComesFailsWithTheSlipInHand(t *testing.T) {
	inside(t, printertest.Character{Rows: 1000}, func(t *testing.T, p *Printer, there *printertest.Printer) {
		untilState(t, p, Ready)
		there.PaperFor(300)
		print(t, p, "a001")
		print(t, p, "a002")
		untilState(t, p, PaperOut)
		untilJob(t, p, "a002", JobFailed)
		there.Set(printertest.Condition{})
		untilJob(t, p, "a001", JobAsk) // and a002, of which nothing came out, is not asked about
		if s, _ := p.Job("a002"); s != JobFailed {
			t.Errorf("a002 is %s", s)
		}
	})
}

func TestNoPrinterPrintsNothingAndSaysSo(t *testing.T) {
	p, err := Open("none", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Status(); s.State != None || s.Name != "none" {
		t.Errorf("%+v", s)
	}
	if err := p.Print(Job{Ticket: "a", Bitmap: slip(t, "A001")}); !errors.Is(err, ErrCannotPrint) {
		t.Errorf("error is %v", err)
	}
	if err := p.Print(Job{Ticket: "a"}); err == nil {
		t.Error("a slip without a picture was taken")
	}
}
