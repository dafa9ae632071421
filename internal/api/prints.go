package api

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"moiso/internal/directory"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// printsOn is how well a role prints for others: a station before a kiosk, where the
// slip comes out in front of whoever stands there.
var printsOn = []string{string(directory.Printer), string(directory.Kiosk)}

// printersOf lists the devices of a centre that have a printer, the one that is taken
// by itself first.
func (a *API) printersOf(center queue.CenterID) []view.PrinterOf {
	out := []view.PrinterOf{}
	for _, d := range a.auth.Devices(center) {
		role := slices.Index(printsOn, string(d.Role))
		if d.Revoked || role < 0 {
			continue
		}
		seen := a.roster.Of(string(d.ID))
		p := view.PrinterOf{Device: string(d.ID), Role: string(d.Role), Place: d.Place, Online: seen.Online, State: "unknown"}
		switch {
		case seen.Health != nil && seen.Health.Printer == "none":
			continue
		case seen.Health != nil:
			p.State = seen.Health.Printer
		case d.Role == directory.Kiosk:
			continue // whether it has a printer is not known
		}
		if !seen.Online {
			p.State = "offline"
		}
		p.Prints = seen.Health != nil && slices.Contains([]string{"ready", "near_end", "unknown"}, p.State)
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y view.PrinterOf) int {
		return cmp.Or(cmp.Compare(unless(x.Prints), unless(y.Prints)), cmp.Compare(slices.Index(printsOn, x.Role), slices.Index(printsOn, y.Role)),
			cmp.Compare(unless(x.State == "ready"), unless(y.State == "ready")), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Device, y.Device))
	})
	return out
}

// unless sorts what is true first.
func unless(b bool) int {
	if b {
		return 0
	}
	return 1
}

// printerFor chooses the device for a slip: the one that is named, or the best that can
// print now.
func (a *API) printerFor(center queue.CenterID, named string) (view.PrinterOf, error) {
	all := a.printersOf(center)
	if named == "" {
		if len(all) > 0 && all[0].Prints {
			return all[0], nil
		}
		return view.PrinterOf{}, refusal(codeNoPrinter, "no printer of the centre can print now: %s", printersInWords(all)).with("printers", all)
	}
	i := slices.IndexFunc(all, func(p view.PrinterOf) bool { return p.Device == named })
	if i < 0 {
		return view.PrinterOf{}, (&queue.Error{Code: directory.ErrUnknownDevice.Code, Message: fmt.Sprintf("the centre has no device %.60q with a printer", named)}).
			With("field", "device").With("printers", all)
	}
	if !all[i].Prints {
		return view.PrinterOf{}, refusal(codeNoPrinter, "%s cannot print now: %s", all[i].Place, printerState(all[i])).with("printers", all)
	}
	return all[i], nil
}

func printersInWords(all []view.PrinterOf) string {
	if len(all) == 0 {
		return "it has none; pair a print station, or a kiosk with a printer"
	}
	var words []string
	for _, p := range all {
		words = append(words, p.Place+" "+printerState(p))
	}
	return strings.Join(words, ", ")
}

// printerState is a state as the end of a sentence.
func printerState(p view.PrinterOf) string {
	switch {
	case !p.Online:
		return "is not connected"
	case p.State == "paper_out":
		return "is out of paper"
	case p.State == "cover_open":
		return "has its cover open"
	case p.State == "unknown":
		return "has not said how its printer is"
	}
	return "reports its printer as " + p.State
}

type printIn struct {
	OfTicket
	Keyed
	Body *PrintBody
}

// PrintBody orders a slip.
type PrintBody struct {
	ID     string `json:"id,omitempty" doc:"16 characters of Crockford base32 (80 random bits), made by who orders; ordering it again is the same order"`
	Device string `json:"device,omitempty" doc:"Which is to print; left out, the best that can print now"`
}

// Ordered is an order and where it is printed.
type Ordered struct {
	view.Print
	Place string `json:"place" doc:"Where the device stands"`
}

type orderedOut struct {
	Status int
	Body   Ordered
}

// print has a device print the slip of a ticket. The answer says that the order is
// kept, not that the slip is out: that is told by the documents of the staff.
func (a *API) print(rq *request, in *printIn) (*orderedOut, error) {
	ticket, err := ticketID(in.ID)
	if err != nil {
		return nil, err
	}
	body := PrintBody{}
	if in.Body != nil {
		body = *in.Body
	}
	id := queue.PrintID(newTicketID())
	if body.ID != "" {
		known, ok := queue.ParseTicketID(body.ID)
		if !ok {
			return nil, refusal(codeInvalid, "%q is not the id of an order: 16 characters of Crockford base32", body.ID).with("field", "id")
		}
		id = queue.PrintID(known)
	}
	// An order that was given before is answered for also when its printer cannot print now.
	if out, ok, err := a.ordered(rq, id); ok || err != nil {
		return out, err
	}
	on, err := a.printerFor(rq.center, body.Device)
	if err != nil {
		return nil, err
	}
	call, err := rq.call(in.Key, ticket, in.Body)
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, "order-print", queue.OrderPrint{ID: id, Ticket: ticket, Device: on.Device}, call)
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if reply.Created {
		status = http.StatusCreated
	}
	return &orderedOut{status, Ordered{*reply.Print, a.placeOf(reply.Print.Device)}}, nil
}

// ordered finds an order of today.
func (a *API) ordered(rq *request, id queue.PrintID) (out *orderedOut, ok bool, err error) {
	err = a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		if p := s.Print(id); p != nil {
			out, ok = &orderedOut{http.StatusOK, Ordered{view.PrintOf(s, *p), a.placeOf(p.Device)}}, true
		}
		return nil
	})
	return out, ok, err
}

func (a *API) placeOf(device string) string {
	d, _ := a.engine.Register().Device(directory.DeviceID(device))
	return d.Place
}

type printsOut struct {
	Body struct {
		Printers []view.PrinterOf `json:"printers" doc:"The one that is taken by itself first"`
		Prints   []view.Print     `json:"prints" doc:"The newest orders of today, newest first"`
	}
}

func (a *API) prints(rq *request, _ *InCenter) (*printsOut, error) {
	var out printsOut
	out.Body.Printers = a.printersOf(rq.center)
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		out.Body.Prints = view.PrintsOf(s)
		return nil
	})
	return &out, err
}

// OnePrint is the order of a path.
type OnePrint struct {
	InCenter
	Print string `path:"p" doc:"Id of an order to print"`
}

type printOrderOut struct {
	Body view.PrintOrder
}

// printOrder gives a device the order that is for it.
func (a *API) printOrder(rq *request, in *OnePrint) (*printOrderOut, error) {
	var out printOrderOut
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, p view.Stamp) error {
		var ok bool
		out.Body, ok = view.PrintOrderOf(s, queue.PrintID(in.Print), a.ticketURL, p)
		if !ok || out.Body.Print.Device != rq.who.DeviceID() {
			return (&queue.Error{Code: queue.ErrUnknownPrint.Code, Message: fmt.Sprintf("the device has no order %.40q of today", in.Print)})
		}
		return nil
	})
	return &out, err
}

type endPrintIn struct {
	OnePrint
	Keyed
	Body EndPrintBody
}

// EndPrintBody is what became of an order.
type EndPrintBody struct {
	State string `json:"state" enum:"printed,failed,doubtful"`
	Why   string `json:"why,omitempty" doc:"A word like paper_out"`
}

type printOut struct {
	Body *view.Print
}

// endPrint takes what a device says of its order. It is safe to repeat.
func (a *API) endPrint(rq *request, in *endPrintIn) (*printOut, error) {
	call, err := rq.call(in.Key, "", in.Body)
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, "end-print", queue.EndPrint{ID: queue.PrintID(in.Print), Device: rq.who.DeviceID(), State: queue.PrintState(in.Body.State), Why: in.Body.Why}, call)
	if err != nil {
		return nil, err
	}
	if reply.Print.State != string(queue.PrintDone) {
		a.log.Warn("a slip that was ordered is not on paper", "center", rq.center, "device", reply.Print.Device, "number", reply.Print.Number, "state", reply.Print.State, "why", reply.Print.Why)
	}
	return &printOut{reply.Print}, nil
}
