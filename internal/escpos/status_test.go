package escpos_test

import (
	"testing"

	"moiso/internal/escpos"
)

// The bytes are those of the table "Transmission status" of Epson ESC/POS, DLE EOT n.
func TestAnAnswerSaysHowThePrinterIs(t *testing.T) {
	for _, c := range []struct {
		q    escpos.Question
		b    byte
		want escpos.Status
	}{
		{escpos.AskPrinter, 0x12, escpos.Status{}},
		{escpos.AskPrinter, 0x16, escpos.Status{}}, // the drawer's contact, which we have none of
		{escpos.AskPrinter, 0x1a, escpos.Status{Offline: true}},
		{escpos.AskOffline, 0x16, escpos.Status{CoverOpen: true}},
		{escpos.AskOffline, 0x32, escpos.Status{PaperEnd: true}},
		{escpos.AskOffline, 0x52, escpos.Status{Failed: true}},
		{escpos.AskError, 0x1a, escpos.Status{Cutter: true}},
		{escpos.AskError, 0x32, escpos.Status{Fatal: true}},
		{escpos.AskError, 0x52, escpos.Status{Passing: true}},
		{escpos.AskPaper, 0x1e, escpos.Status{NearEnd: true}},
		{escpos.AskPaper, 0x7e, escpos.Status{NearEnd: true, PaperEnd: true}},
		{escpos.AskPaper, 0x12, escpos.Status{}},
	} {
		var got escpos.Status
		if !got.Read(c.q, c.b) || got != c.want {
			t.Errorf("answer %#x to question %d is read as %+v, want %+v", c.b, c.q, got, c.want)
		}
	}
}

func TestWhatIsNoAnswerChangesNothing(t *testing.T) {
	for b := range 256 {
		if b&0x93 == 0x12 {
			continue
		}
		before := escpos.Status{NearEnd: true}
		s := before
		if s.Read(escpos.AskPaper, byte(b)) || s != before {
			t.Errorf("%#x was taken for an answer", b)
		}
	}
	var s escpos.Status
	if s.Read(7, 0x12) {
		t.Error("there is no question 7")
	}
}

func TestUnaskedBytesAreToldApartFromAnswers(t *testing.T) {
	var p escpos.Parser
	var kinds []escpos.Kind
	// XON, an automatic status of four bytes, the answer to a question, that to a
	// fence, XOFF, and an automatic status that an answer interrupts.
	for _, b := range []byte{0x11, 0x14, 0x00, 0x0c, 0x0f, 0x12, 0x00, 0x13, 0x10, 0x00, 0x1e, 0x0c} {
		kinds = append(kinds, p.Next(b))
	}
	n, a, f := escpos.Noise, escpos.Answer, escpos.Passed
	want := []escpos.Kind{n, n, n, n, n, a, f, n, n, n, a, f}
	for i := range want {
		if kinds[i] != want[i] {
			t.Errorf("byte %d is of kind %d, want %d", i, kinds[i], want[i])
		}
	}
}

func FuzzAnyBytesFromAPrinterAreUnderstood(f *testing.F) {
	f.Add([]byte{0x12, 0x16, 0x1e, 0x00})
	f.Add([]byte{0x10, 0x00, 0x00, 0x00, 0xff, 0x11, 0x13})
	f.Fuzz(func(t *testing.T, in []byte) {
		var p escpos.Parser
		answers := 0
		for i, b := range in {
			kind := p.Next(b)
			if (kind == escpos.Answer) != (b&0x93 == 0x12) {
				t.Fatalf("byte %d, %#x, is of kind %d", i, b, kind)
			}
			if kind == escpos.Passed && b&0x90 != 0 {
				t.Fatalf("byte %d, %#x, was taken for the answer to a fence", i, b)
			}
			if kind != escpos.Answer {
				continue
			}
			var s escpos.Status
			if !s.Read(escpos.Questions[answers%4], b) {
				t.Fatalf("answer %#x was not read", b)
			}
			answers++
		}
	})
}
