package printer

import "moiso/internal/escpos"

// State is how a printer is.
type State string

const (
	Ready     State = "ready"
	NearEnd   State = "near_end" // prints, and the roll should be changed soon
	PaperOut  State = "paper_out"
	CoverOpen State = "cover_open"
	Offline   State = "offline" // not reached, or it says so itself
	Error     State = "error"
	Unknown   State = "unknown" // it does not say, and prints
	None      State = "none"    // there is no printer, by choice
)

// Prints reports whether a slip may be handed over.
func (s State) Prints() bool { return s == Ready || s == NearEnd || s == Unknown }

// Words are a state as the end of a sentence for the staff.
func (s State) Words() string {
	switch s {
	case Ready:
		return "it is ready"
	case NearEnd:
		return "it is ready, and the roll is nearly used up"
	case PaperOut:
		return "it is out of paper"
	case CoverOpen:
		return "its cover is open"
	case Offline:
		return "it is offline"
	case Error:
		return "it reports an error"
	case None:
		return "there is none"
	}
	return "it does not say how it is"
}

// stops reports whether a slip that is being printed will not come to its end without
// a person. A head that cools down, or a clone that calls itself offline while it is
// busy, goes on by itself.
func stops(s escpos.Status) bool { return s.CoverOpen || s.PaperEnd || s.Cutter || s.Fatal }

// stateOf is the state that a person has to act on first: a printer with an open
// cover also says that it is offline and feels no paper.
func stateOf(s escpos.Status) (State, string) {
	switch {
	case s.CoverOpen:
		return CoverOpen, "the cover is open"
	case s.Cutter:
		return Error, "the knife is stuck"
	case s.Fatal:
		return Error, "the printer needs service: switch it off and on, then call for it"
	case s.PaperEnd:
		return PaperOut, "the paper is used up"
	case s.Passing:
		return Error, "the head is too hot; it goes on by itself"
	case s.Failed:
		return Error, "the printer reports an error"
	case s.Offline:
		return Offline, "the printer says that it is offline"
	case s.NearEnd:
		return NearEnd, "the roll is nearly used up"
	}
	return Ready, ""
}
