package escpos

const (
	dle = 0x10
	eot = 0x04
)

// Question is the n of DLE EOT n, "transmit real-time status".
type Question byte

const (
	AskPrinter Question = 1
	AskOffline Question = 2
	AskError   Question = 3
	AskPaper   Question = 4
)

// Questions are all that are asked to know how a printer is, in this order.
var Questions = [...]Question{AskPrinter, AskOffline, AskError, AskPaper}

// Bytes is the question as it is sent. It is answered at once, also by a printer
// that is offline or whose buffer is full.
func (q Question) Bytes() []byte { return []byte{dle, eot, byte(q)} }

// Fence is GS r 1, "transmit paper sensor status". Unlike a Question it is answered
// when its turn comes: after all that was sent before it has been printed.
var Fence = []byte{0x1d, 'r', 1}

// Kind says what a byte from a printer is.
type Kind int

const (
	Noise  Kind = iota // flow control, an answer to no question of ours
	Answer             // to a Question; which one, the order of asking says
	Passed             // the answer to a Fence
)

// Parser tells the bytes from a printer apart. Its zero value is ready.
type Parser struct {
	rest int // bytes of an automatic status that are still to come
}

// Next reads one byte. The fixed bits are those of Epson ESC/POS: an answer to
// DLE EOT is 0xx1xx10, one to GS r is 0xx0xxxx, and an automatic status (ASB), which
// some printers send unasked, is 0xx1xx00 and three bytes 0xx0xxxx.
func (p *Parser) Next(b byte) Kind {
	switch {
	case b&0x93 == 0x12:
		p.rest = 0
		return Answer
	case b&0x93 == 0x10:
		p.rest = 3
		return Noise
	case b&0x90 == 0 && p.rest > 0:
		p.rest--
		return Noise
	case b&0x90 == 0:
		return Passed
	}
	return Noise
}

// Status is what a printer says of itself. Its zero value is a printer that is well.
type Status struct {
	Offline   bool // for whatever reason
	CoverOpen bool
	PaperEnd  bool
	NearEnd   bool
	Cutter    bool // the knife is stuck
	Fatal     bool // needs service
	Passing   bool // ends by itself, such as a head too hot
	Failed    bool // an error of which no more is known
}

// Read takes in the answer to a question (Epson ESC/POS, DLE EOT). It reports false,
// and changes nothing, when the byte is none.
func (s *Status) Read(q Question, b byte) bool {
	if b&0x93 != 0x12 {
		return false
	}
	switch q {
	case AskPrinter:
		s.Offline = b&0x08 != 0
	case AskOffline:
		s.CoverOpen = b&0x04 != 0
		s.PaperEnd = s.PaperEnd || b&0x20 != 0
		s.Failed = b&0x40 != 0
	case AskError:
		s.Cutter = b&0x08 != 0
		s.Fatal = b&0x20 != 0
		s.Passing = b&0x40 != 0
	case AskPaper:
		s.NearEnd = b&0x0c != 0
		s.PaperEnd = s.PaperEnd || b&0x60 != 0
	default:
		return false
	}
	return true
}
