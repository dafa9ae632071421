package api

import (
	"crypto/rand"
	"net/http"
	"time"

	"moiso/internal/engine"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// do carries out a command and measures it.
func (a *API) do(rq *request, verb string, c queue.Command, call engine.Call) (engine.Reply, error) {
	begun := time.Now()
	reply, err := a.engine.Do(rq.ctx, rq.center, c, call)
	a.metrics.command(verb, err, time.Since(begun))
	return reply, err
}

type issueIn struct {
	InCenter
	Keyed
	Body IssueBody
}

// IssueBody asks for a ticket.
type IssueBody struct {
	Service   string `json:"service" doc:"Id of a service of the centre"`
	ID        string `json:"id,omitempty" doc:"16 characters of Crockford base32 (80 random bits), made by who issues; issuing it again gives the same ticket"`
	Priority  string `json:"priority,omitempty" doc:"Id of a priority group"`
	Source    string `json:"source,omitempty" enum:"kiosk,desk,phone,agent" doc:"Where the person stands; who may not say so is not believed"`
	Language  string `json:"language,omitempty" enum:"vi,en"`
	Reference string `json:"reference,omitempty" doc:"A dossier code, at most 64 bytes"`
}

type issueOut struct {
	Status int
	Body   *view.Ticket
}

func (a *API) issue(rq *request, in *issueIn) (*issueOut, error) {
	id := newTicketID()
	if in.Body.ID != "" {
		var ok bool
		if id, ok = queue.ParseTicketID(in.Body.ID); !ok {
			return nil, refusal(codeInvalid, "%q is not a ticket id: 16 characters of Crockford base32", in.Body.ID).with("field", "id")
		}
	}
	call, err := rq.call(in.Key, "", in.Body)
	if err != nil {
		return nil, err
	}
	c := queue.Issue{ID: id, Service: queue.ServiceID(in.Body.Service), Priority: queue.ClassID(in.Body.Priority),
		Source: rq.claimed(in.Body.Source), Language: in.Body.Language, Reference: in.Body.Reference}
	reply, err := a.do(rq, "issue", c, call)
	if err != nil {
		return nil, err
	}
	out := &issueOut{http.StatusOK, reply.Ticket}
	if reply.Created {
		out.Status = http.StatusCreated
		a.taken(rq, c.Service)
	}
	return out, nil
}

// newTicketID makes 80 random bits.
func newTicketID() queue.TicketID {
	var b [16]byte
	rand.Read(b[:])
	for i := range b {
		b[i] = queue.TicketIDAlphabet[b[i]%32]
	}
	return queue.TicketID(b[:])
}

// ticketID reads an id of a path.
func ticketID(text string) (queue.TicketID, error) {
	id, ok := queue.ParseTicketID(text)
	if !ok {
		return "", refusal(string(queue.ErrUnknownTicket.Code), "%q is not a ticket id: 16 characters of Crockford base32", text)
	}
	return id, nil
}

// OfTicket is the ticket of a path.
type OfTicket struct {
	ID string `path:"id" doc:"Id of a ticket, any case"`
}

type ticketOut struct {
	Body *view.Ticket
}

func (a *API) ticket(rq *request, in *OfTicket) (*ticketOut, error) {
	page, err := a.ticketPage(rq, in.ID)
	return &ticketOut{&page.Ticket}, err
}

func (a *API) ticketPage(rq *request, text string) (view.TicketPage, error) {
	id, err := ticketID(text)
	if err != nil {
		return view.TicketPage{}, err
	}
	return a.engine.Ticket(rq.ctx, id)
}

// onTicket carries out a command on the ticket of a path, in whatever centre it is.
func (a *API) onTicket(rq *request, in OfTicket, key Keyed, verb string, body any, make func(queue.TicketID) queue.Command) (*ticketOut, error) {
	id, err := ticketID(in.ID)
	if err != nil {
		return nil, err
	}
	if rq.center == "" {
		if rq.center, err = a.engine.CenterOf(rq.ctx, id); err != nil {
			return nil, err
		}
	}
	call, err := rq.call(key.Key, id, body)
	if err != nil {
		return nil, err
	}
	reply, err := a.do(rq, verb, make(id), call)
	return &ticketOut{reply.Ticket}, err
}

type cancelIn struct {
	OfTicket
	Keyed
	Body *ReasonBody
}

// ReasonBody says why.
type ReasonBody struct {
	Reason string `json:"reason,omitempty" doc:"At most 200 bytes"`
}

func (a *API) cancel(rq *request, in *cancelIn) (*ticketOut, error) {
	var body ReasonBody
	if in.Body != nil {
		body = *in.Body
	}
	return a.onTicket(rq, in.OfTicket, in.Keyed, "cancel", body, func(id queue.TicketID) queue.Command {
		return queue.Cancel{Ticket: id, Reason: body.Reason}
	})
}

type bareTicketIn struct {
	OfTicket
	Keyed
	Body *NoBody
}

// NoBody is the body of a command that needs none: nothing, or {}.
type NoBody struct{}

func (a *API) restore(rq *request, in *bareTicketIn) (*ticketOut, error) {
	return a.onTicket(rq, in.OfTicket, in.Keyed, "restore", NoBody{}, func(id queue.TicketID) queue.Command {
		return queue.Restore{Ticket: id}
	})
}

func (a *API) comeBack(rq *request, in *bareTicketIn) (*ticketOut, error) {
	return a.onTicket(rq, in.OfTicket, in.Keyed, "return", NoBody{}, func(id queue.TicketID) queue.Command {
		return queue.Return{Ticket: id}
	})
}

type changeServiceIn struct {
	OfTicket
	Keyed
	Body ServiceBody
}

// ServiceBody names a service.
type ServiceBody struct {
	Service string `json:"service"`
}

func (a *API) changeService(rq *request, in *changeServiceIn) (*ticketOut, error) {
	return a.onTicket(rq, in.OfTicket, in.Keyed, "change-service", in.Body, func(id queue.TicketID) queue.Command {
		return queue.ChangeService{Ticket: id, Service: queue.ServiceID(in.Body.Service)}
	})
}

type setPriorityIn struct {
	OfTicket
	Keyed
	Body PriorityBody
}

// PriorityBody names a priority group.
type PriorityBody struct {
	Priority string `json:"priority" doc:"Empty takes it away"`
}

func (a *API) setPriority(rq *request, in *setPriorityIn) (*ticketOut, error) {
	return a.onTicket(rq, in.OfTicket, in.Keyed, "set-priority", in.Body, func(id queue.TicketID) queue.Command {
		return queue.SetPriority{Ticket: id, Priority: queue.ClassID(in.Body.Priority)}
	})
}
