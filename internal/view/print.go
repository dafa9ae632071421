package view

import (
	"time"

	"moiso/internal/queue"
)

// DeskPrints is how many orders to print a page of the staff lists.
const DeskPrints = 20

// Print is an order to print a slip, and what became of it.
type Print struct {
	ID      string     `json:"id"`
	Ticket  string     `json:"ticket"`
	Number  string     `json:"number"`
	Device  string     `json:"device" doc:"Which prints it"`
	Again   bool       `json:"again,omitempty" doc:"It carries the mark of a reprint: another slip of the ticket may be about"`
	State   string     `json:"state" enum:"ordered,printed,failed,doubtful,late" doc:"doubtful: it was cut off, so look whether it is there; late: the device did not answer within two minutes"`
	Why     string     `json:"why,omitempty" doc:"Of failed and doubtful: the state of the printer, or busy, no_printer, cut_off, restarted"`
	At      time.Time  `json:"at"`
	EndedAt *time.Time `json:"ended_at,omitempty"`
}

// PrintCall tells a device that there is something to print: what it is, the device asks
// for, because the document is for everybody.
type PrintCall struct {
	ID     string `json:"id"`
	Device string `json:"device"`
}

// PrintOrder is all that a device needs to print a slip.
type PrintOrder struct {
	Print  Print  `json:"print"`
	Ticket Ticket `json:"ticket"`
}

// PrinterOf is a device on which staff can have a slip printed, or cannot now.
type PrinterOf struct {
	Device string `json:"device"`
	Role   string `json:"role" enum:"printer,kiosk"`
	Place  string `json:"place"`
	Online bool   `json:"online"`
	State  string `json:"state" enum:"ready,near_end,paper_out,cover_open,offline,error,unknown" doc:"Of its printer"`
	Prints bool   `json:"prints" doc:"It can print now"`
}

// PrintOf is an order on the wire.
func PrintOf(s *queue.State, p queue.Print) Print {
	return Print{ID: string(p.ID), Ticket: string(p.Ticket), Number: p.Number, Device: p.Device, Again: p.Again, State: string(p.State), Why: p.Why,
		At: p.At.In(s.Location()), EndedAt: instant(s, p.EndedAt)}
}

// PrintsOf lists the newest orders of the day, newest first.
func PrintsOf(s *queue.State) []Print {
	out := []Print{}
	for i := len(s.Prints) - 1; i >= 0 && len(out) < DeskPrints; i-- {
		out = append(out, PrintOf(s, s.Prints[i]))
	}
	return out
}

// PrintOrderOf is an order as its device gets it; false when the centre has none of the id.
func PrintOrderOf(s *queue.State, id queue.PrintID, url func(queue.TicketID) string, p Stamp) (PrintOrder, bool) {
	o := s.Print(id)
	if o == nil {
		return PrintOrder{}, false
	}
	t := s.Ticket(o.Ticket)
	if t == nil {
		return PrintOrder{}, false
	}
	return PrintOrder{Print: PrintOf(s, *o), Ticket: TicketOf(s, t, NewPositions(s, p.Now), url(t.ID))}, true
}

func printCalls(s *queue.State) []PrintCall {
	out := []PrintCall{}
	for _, p := range s.Prints {
		if p.State == queue.PrintOpen {
			out = append(out, PrintCall{ID: string(p.ID), Device: p.Device})
		}
	}
	return out
}
