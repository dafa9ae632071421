package api

import (
	"time"

	"moiso/internal/engine"
	"moiso/internal/queue"
	"moiso/internal/view"
)

type mergeIn struct {
	InCenter
	Body MergeBody
}

// MergeBody is what a kiosk gave out while it was cut off, oldest first.
type MergeBody struct {
	Device  string      `json:"device,omitempty" doc:"To whose lane the slips belong, where a kiosk brings in the spool of another; left out it is the caller's"`
	Left    int         `json:"left,omitempty" minimum:"0" doc:"Slips that are still to come; with none a withdrawn lane is free again"`
	Tickets []MergeSlip `json:"tickets" maxItems:"200"`
}

// MergeSlip is one slip.
type MergeSlip struct {
	// None is required by the schema: a slip that is not right is refused by itself.
	ID        string     `json:"id,omitempty"`
	Number    string     `json:"number,omitempty" doc:"As printed, like AK012"`
	Service   string     `json:"service,omitempty"`
	Priority  string     `json:"priority,omitempty"`
	Language  string     `json:"language,omitempty"`
	Reference string     `json:"reference,omitempty"`
	IssuedAt  *time.Time `json:"issued_at,omitempty" doc:"By the kiosk's reckoning; left out where it had none"`
	Uncertain bool       `json:"uncertain,omitempty" doc:"issued_at is a guess"`
	Day       string     `json:"day,omitempty" doc:"The business day under which it was numbered"`
	Cancelled bool       `json:"cancelled,omitempty" doc:"Given back at the kiosk: its number stays unused"`
}

type mergeOut struct {
	Body struct {
		Device string      `json:"device" doc:"The caller"`
		Lane   string      `json:"lane" doc:"The letter of the caller's lane; empty when it has none"`
		At     time.Time   `json:"at" doc:"The server's clock"`
		Slips  []view.Slip `json:"slips" doc:"What became of each, in the order in which they came"`
	}
}

// merge takes the slips of a kiosk that was cut off into the line. It needs no key:
// the ids of the slips make it safe to repeat.
func (a *API) merge(rq *request, in *mergeIn) (*mergeOut, error) {
	call, err := rq.call("", "", in.Body)
	if err != nil {
		return nil, err
	}
	m := queue.Merge{Device: in.Body.Device, Left: in.Body.Left, Tickets: make([]queue.LaneTicket, len(in.Body.Tickets))}
	if m.Device == "" {
		m.Device = call.Actor
	}
	for i, t := range in.Body.Tickets {
		m.Tickets[i] = queue.LaneTicket{ID: queue.TicketID(t.ID), Number: t.Number, Service: queue.ServiceID(t.Service), Priority: queue.ClassID(t.Priority),
			Language: t.Language, Reference: t.Reference, Uncertain: t.Uncertain, Day: queue.Day(t.Day), Cancelled: t.Cancelled}
		if t.IssuedAt != nil {
			m.Tickets[i].IssuedAt = *t.IssuedAt
		}
	}
	out := mergeOut{}
	out.Body.Device, out.Body.Lane = call.Actor, a.laneFor(rq)
	reply, err := a.do(rq, "merge", m, call)
	out.Body.Slips = reply.Slips
	if err == nil {
		a.brought(rq, m.Tickets, reply.Slips)
		if len(m.Tickets) > 0 || m.Left == 0 {
			a.devicesChanged(rq.center) // a lane may be free now, or a slip refused
		}
		err = a.engine.View(rq.ctx, rq.center, func(s *queue.State, p view.Stamp) error {
			out.Body.At = p.Now.In(s.Location())
			return nil
		})
	}
	if out.Body.Slips == nil {
		out.Body.Slips = []view.Slip{}
	}
	return &out, err
}

// adopt calls a slip of a kiosk that is cut off, which the server does not know yet:
// by the number that was typed, or by number and id as they were scanned.
func (a *API) adopt(rq *request, in *verbIn, body VerbBody) (*ticketOut, error) {
	c := queue.Adopt{Counter: in.id(), Number: body.Number, Service: queue.ServiceID(body.Service)}
	var ok bool
	if c.ID, ok = queue.ParseTicketID(body.Ticket); !ok {
		c.ID, c.Unread = newTicketID(), true
		if c.Number == "" {
			c.Number = body.Ticket
		}
	}
	call, err := rq.call(in.Key, "", body)
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, "adopt", c, call)
	return &ticketOut{reply.Ticket}, err
}

// unknownSlip reports whether a call is for a slip that the centre does not know: its
// number is of a lane, and no ticket has its id or, where there is none, its number.
func (a *API) unknownSlip(rq *request, id queue.TicketID, body VerbBody) (unknown bool, err error) {
	number := body.Number
	if number == "" {
		number = body.Ticket
	}
	err = a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		unknown = s.LaneNumber(number) && (id == "" || s.Ticket(id) == nil)
		return nil
	})
	return unknown, err
}

type lanesOut struct {
	Body []view.Lane
}

func (a *API) lanes(rq *request, _ *InCenter) (*lanesOut, error) {
	var out lanesOut
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		out.Body = view.LanesOf(s)
		return nil
	})
	return &out, err
}

type laneIn struct {
	InCenter
	Keyed
	Body LaneBody
}

// LaneBody names a kiosk.
type LaneBody struct {
	Device string `json:"device"`
	Letter string `json:"letter,omitempty" doc:"give: a letter that is wished; left out the first free one is taken"`
}

func (a *API) giveLane(rq *request, in *laneIn) (*lanesOut, error) {
	return a.lane(rq, in, "give-lane", queue.GiveLane{Device: in.Body.Device, Letter: in.Body.Letter})
}

func (a *API) withdrawLane(rq *request, in *laneIn) (*lanesOut, error) {
	return a.lane(rq, in, "withdraw-lane", queue.WithdrawLane{Device: in.Body.Device})
}

func (a *API) writeOffLane(rq *request, in *laneIn) (*lanesOut, error) {
	return a.lane(rq, in, "write-off-lane", queue.WriteOffLane{Device: in.Body.Device})
}

func (a *API) lane(rq *request, in *laneIn, verb string, c queue.Command) (*lanesOut, error) {
	call, err := rq.call(in.Key, "", in.Body)
	if err != nil {
		return nil, err
	}
	if _, err := a.do(rq, verb, c, call); err != nil {
		return nil, err
	}
	a.devicesChanged(rq.center)
	return a.lanes(rq, &in.InCenter)
}

// laneFor gives a kiosk its lane when it comes for its documents or brings its slips,
// and tells its letter. It is not a reason to refuse them when none can be given.
func (a *API) laneFor(rq *request) string {
	d, is := a.asking(rq)
	if !is {
		return "" // a browser that stands in for a kiosk has no disk to keep slips on
	}
	device, letter := d.ID, ""
	look := func(s *queue.State, _ view.Stamp) error {
		if l, ok := s.LaneOf(device); ok && !l.Withdrawn {
			letter = l.Letter
		}
		return nil
	}
	err := a.engine.View(rq.ctx, rq.center, look)
	if err == nil && letter == "" {
		if _, err = a.engine.Do(rq.ctx, rq.center, queue.GiveLane{Device: device}, engine.Call{Actor: device, Device: device, Source: sourceKiosk}); err == nil {
			err = a.engine.View(rq.ctx, rq.center, look)
		}
	}
	if err != nil {
		a.log.Warn("a kiosk has no lane; it can give out no numbers while it is cut off", "center", rq.center, "device", device, "error", err)
	}
	return letter
}
