package api

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"moiso/internal/auth"
	"moiso/internal/engine"
	"moiso/internal/queue"
)

// request is what is known of a request while it is served. It belongs to the
// goroutine that serves it.
type request struct {
	id      string
	ctx     context.Context
	method  string
	path    string // may hold a ticket's id: not for the log
	route   string // its pattern
	who     *auth.Principal
	center  queue.CenterID // of the path, or of the ticket
	problem *Problem       // the refusal it was answered with
}

type requestKey struct{}

// requestOf gives the request in a context; every context of a handler has one.
func requestOf(ctx context.Context) *request {
	if rq, ok := ctx.Value(requestKey{}).(*request); ok {
		return rq
	}
	return &request{ctx: ctx}
}

// Keyed is the header that every command takes. Repeating a request with its key
// gives the first answer and does nothing more.
type Keyed struct {
	Key string `header:"Idempotency-Key" maxLength:"128" pattern:"^[ -~]+$" doc:"Makes the request safe to repeat: the same key gives the same answer for 48 hours"`
}

// call says who asks the engine for a command. The body is hashed in its canonical
// form, so that blanks and the order of its fields do not matter. holder scopes the
// key of somebody unknown: the ticket whose id they have.
func (rq *request) call(key string, holder queue.TicketID, body any) (engine.Call, error) {
	scope := "holder-" + string(holder)
	c := engine.Call{Source: rq.source(), OutOfTurn: rq.who.May(auth.CallOutOfTurn, rq.center)}
	if p := rq.who; p != nil {
		c.Device = p.DeviceID()
		if c.Device == "" {
			c.Actor = p.ID
		} else {
			c.Actor = c.Device
		}
		scope = p.ID
	}
	if key == "" {
		return c, nil
	}
	text, err := json.Marshal(body)
	if err != nil {
		return c, fmt.Errorf("canonical form of a body: %w", err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s %s\n", rq.method, rq.path)
	h.Write(text)
	c.Key, c.Hash = scope+"/"+key, h.Sum(nil)
	return c, nil
}

// source says where a command comes from, by who asks.
func (rq *request) source() string {
	switch p := rq.who; {
	case p == nil:
		return sourcePhone
	case p.Kind == auth.Device:
		return sourceKiosk
	case onlyAgent(p):
		return sourceAgent
	}
	return sourceDesk
}

const (
	sourceKiosk = "kiosk"
	sourceDesk  = "desk"
	sourcePhone = "phone"
	sourceAgent = "agent"
)

func onlyAgent(p *auth.Principal) bool {
	names := p.RoleNames()
	return len(names) == 1 && names[0] == "agent"
}

// claimed is the source that a request says it has, if whoever asks may say so: a
// manager enters what came in on any way, a browser that stands in for a kiosk is one.
func (rq *request) claimed(source string) string {
	own := rq.source()
	if source == "" || source == own || rq.who == nil || rq.who.Kind == auth.Device {
		return own
	}
	standsIn := source == sourceKiosk && len(rq.who.Browser) > 0
	helps := source == sourceDesk || source == sourceAgent && rq.who.MayAnywhere(auth.Assist)
	if standsIn || helps || rq.who.May(auth.Configure, rq.center) {
		return source
	}
	return own
}
