package api

import (
	"net/http"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// AtCounter is the counter of a path.
type AtCounter struct {
	InCenter
	Number int `path:"n" doc:"The number over the counter"`
}

func (c AtCounter) id() queue.CounterID { return queue.CounterID(c.Number) }

type seatIn struct {
	AtCounter
	Keyed
	Body *NoBody
}

type counterOut struct {
	Body *view.CenterCounter
}

// seat carries out a command on a counter itself.
func (a *API) seat(rq *request, in *seatIn, verb string, c queue.Command) (*counterOut, error) {
	call, err := rq.call(in.Key, "", NoBody{})
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, verb, c, call)
	return &counterOut{reply.Counter}, err
}

func (a *API) openCounter(rq *request, in *seatIn) (*counterOut, error) {
	return a.seat(rq, in, "open", queue.OpenCounter{Counter: in.id()})
}

func (a *API) pauseCounter(rq *request, in *seatIn) (*counterOut, error) {
	return a.seat(rq, in, "pause", queue.PauseCounter{Counter: in.id()})
}

func (a *API) closeCounter(rq *request, in *seatIn) (*counterOut, error) {
	return a.seat(rq, in, "close", queue.CloseCounter{Counter: in.id()})
}

type callNextIn struct {
	AtCounter
	Keyed
	Body *CallNextBody
}

// CallNextBody says whether the visit in hand ends with the call.
type CallNextBody struct {
	Finish bool `json:"finish,omitempty" doc:"End the visit in hand in the same command"`
}

type calledOut struct {
	Status int
	Body   *view.Ticket
}

func (a *API) callNext(rq *request, in *callNextIn) (*calledOut, error) {
	var body CallNextBody
	if in.Body != nil {
		body = *in.Body
	}
	call, err := rq.call(in.Key, "", body)
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, "call-next", queue.CallNext{Counter: in.id(), Finish: body.Finish}, call)
	if err != nil {
		return nil, err
	}
	if reply.Ticket == nil {
		return &calledOut{Status: http.StatusNoContent}, nil
	}
	return &calledOut{http.StatusOK, reply.Ticket}, nil
}

type verbIn struct {
	AtCounter
	Keyed
	Body *VerbBody
}

// VerbBody is what the verbs of a counter may say; each reads what it needs.
type VerbBody struct {
	Ticket  string `json:"ticket,omitempty" doc:"Id or printed number; left out it is the one at the counter"`
	Number  string `json:"number,omitempty" maxLength:"12" doc:"call: the printed number of a slip whose id is in ticket, from a kiosk that is cut off"`
	Service string `json:"service,omitempty" doc:"transfer: the service to go to; call: the field of such a slip, where its number does not say"`
	Counter int    `json:"counter,omitempty" minimum:"1" maximum:"999" doc:"transfer: the counter to go to"`
	Second  bool   `json:"second,omitempty" doc:"transfer: a second procedure, whose wait begins now"`
	Reason  string `json:"reason,omitempty" doc:"call, park, transfer: why; at most 200 bytes"`

	Reference string `json:"reference,omitempty" doc:"reference: the dossier code of the visit, at most 64 bytes; left out it is taken away"`
}

// verb carries out a command on a ticket at a counter.
func (a *API) verb(rq *request, in *verbIn, name string, make func(queue.TicketID, VerbBody) queue.Command) (*ticketOut, error) {
	var body VerbBody
	if in.Body != nil {
		body = *in.Body
	}
	call, err := rq.call(in.Key, "", body)
	if err != nil {
		return nil, err
	}
	var id queue.TicketID
	if body.Ticket != "" {
		if id, err = a.engine.Resolve(rq.ctx, rq.center, body.Ticket); err != nil {
			return nil, err
		}
	}
	reply, err := a.do(rq, name, make(id, body), call)
	return &ticketOut{reply.Ticket}, err
}

func (a *API) callTicket(rq *request, in *verbIn) (*ticketOut, error) {
	if in.Body == nil || in.Body.Ticket == "" {
		return nil, refusal(codeInvalid, "say which ticket is called, by id or printed number").with("field", "ticket")
	}
	if id, err := a.engine.Resolve(rq.ctx, rq.center, in.Body.Ticket); err != nil || in.Body.Number != "" {
		unknown, lookErr := a.unknownSlip(rq, id, *in.Body)
		switch {
		case lookErr != nil:
			return nil, lookErr
		case unknown:
			return a.adopt(rq, in, *in.Body)
		case err != nil:
			return nil, err
		}
	}
	return a.verb(rq, in, "call", func(t queue.TicketID, b VerbBody) queue.Command {
		return queue.CallTicket{Counter: in.id(), Ticket: t, Reason: b.Reason}
	})
}

func (a *API) recall(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "recall", func(t queue.TicketID, _ VerbBody) queue.Command {
		return queue.Recall{Counter: in.id(), Ticket: t}
	})
}

func (a *API) start(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "start", func(t queue.TicketID, _ VerbBody) queue.Command {
		return queue.Start{Counter: in.id(), Ticket: t}
	})
}

func (a *API) finish(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "finish", func(t queue.TicketID, _ VerbBody) queue.Command {
		return queue.Finish{Counter: in.id(), Ticket: t}
	})
}

func (a *API) noShow(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "no-show", func(t queue.TicketID, _ VerbBody) queue.Command {
		return queue.NoShow{Counter: in.id(), Ticket: t}
	})
}

func (a *API) park(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "park", func(t queue.TicketID, b VerbBody) queue.Command {
		return queue.Park{Counter: in.id(), Ticket: t, Reason: b.Reason}
	})
}

func (a *API) refer(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "reference", func(t queue.TicketID, b VerbBody) queue.Command {
		return queue.Refer{Counter: in.id(), Ticket: t, Reference: b.Reference}
	})
}

func (a *API) transfer(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "transfer", func(t queue.TicketID, b VerbBody) queue.Command {
		return queue.Transfer{Counter: in.id(), Ticket: t, Service: queue.ServiceID(b.Service), To: queue.CounterID(b.Counter),
			Second: b.Second, Reason: b.Reason}
	})
}

func (a *API) putBack(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "put-back", func(t queue.TicketID, _ VerbBody) queue.Command {
		return queue.PutBack{Counter: in.id(), Ticket: t}
	})
}

func (a *API) reopen(rq *request, in *verbIn) (*ticketOut, error) {
	return a.verb(rq, in, "reopen", func(t queue.TicketID, _ VerbBody) queue.Command {
		return queue.Reopen{Counter: in.id(), Ticket: t}
	})
}
