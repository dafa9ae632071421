package api

import (
	"fmt"
	"net/http"
	"time"

	"moiso/internal/hub"
	"moiso/internal/queue"
	"moiso/internal/view"
)

// InCenter is the centre of a path.
type InCenter struct {
	Center string `path:"c" doc:"Id of a centre, as in the list of centres"`
}

type centersOut struct {
	Body []view.CenterSummary
}

func (a *API) centers(rq *request, _ *struct{}) (*centersOut, error) {
	list, err := a.engine.Centers(rq.ctx)
	if list == nil {
		list = []view.CenterSummary{}
	}
	return &centersOut{list}, err
}

type centerOut struct {
	Body *view.Center
}

func (a *API) center(rq *request, _ *InCenter) (*centerOut, error) {
	var out centerOut
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, p view.Stamp) error {
		c := view.CenterOf(s, p.Now)
		out.Body = &c
		return nil
	})
	return &out, err
}

type boardIn struct {
	InCenter
	Have string `header:"If-None-Match" doc:"The ETag of the document the client has"`
}

// rawOut is a document that is encoded already.
type rawOut struct {
	Status int
	Type   string `header:"Content-Type"`
	ETag   string `header:"ETag"`
	Cache  string `header:"Cache-Control"`
	Body   []byte
}

func (a *API) board(rq *request, in *boardIn) (*rawOut, error) {
	d, err := a.engine.Doc(rq.ctx, hub.Topic("board/"+in.Center))
	if err != nil {
		return nil, err
	}
	out := &rawOut{Status: http.StatusOK, Type: "application/json", ETag: fmt.Sprintf(`"%s-%d"`, d.Epoch, d.Version), Cache: "no-cache", Body: d.Bytes}
	if in.Have == out.ETag {
		out.Status, out.Body = http.StatusNotModified, nil
	}
	return out, nil
}

type callsIn struct {
	InCenter
	After uint64 `query:"after" doc:"Number of the last call the client has; 0 gives all that are kept"`
}

type callsOut struct {
	Body []view.BoardCall // oldest first; a call that was put back is marked withdrawn
}

func (a *API) calls(rq *request, in *callsIn) (*callsOut, error) {
	var out callsOut
	out.Body = []view.BoardCall{}
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		for _, c := range s.CallsAfter(in.After) {
			out.Body = append(out.Body, view.CallOf(s, c))
		}
		return nil
	})
	return &out, err
}

type searchIn struct {
	InCenter
	Service string `query:"service" doc:"Id of a service"`
	State   string `query:"state" enum:"waiting,called,serving,parked,missed,done,cancelled,expired"`
	Number  string `query:"number" maxLength:"20" doc:"A printed number or a part of one, any case"`
	From    string `query:"from" doc:"Issued not before: RFC 3339, or 09:30 of the business day"`
	To      string `query:"to" doc:"Issued not after: RFC 3339, or 10:15 of the business day"`
	Limit   int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type searchOut struct {
	Body struct {
		Tickets []view.DeskRow `json:"tickets" doc:"Newest first"`
	}
}

func (a *API) search(rq *request, in *searchIn) (*searchOut, error) {
	var out searchOut
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, p view.Stamp) error {
		q := view.Search{Service: queue.ServiceID(in.Service), State: queue.TicketState(in.State), Number: in.Number, Limit: in.Limit}
		var err error
		if q.From, err = moment(s, p.Now, "from", in.From); err != nil {
			return err
		}
		if q.To, err = moment(s, p.Now, "to", in.To); err != nil {
			return err
		}
		if len(in.To) == len("15:04") { // the whole minute
			q.To = q.To.Add(time.Minute - time.Nanosecond)
		}
		if in.Service != "" && s.Line(q.Service) == nil {
			return unknownService(s, q.Service)
		}
		out.Body.Tickets = view.Rows(s, view.Find(s, q))
		return nil
	})
	return &out, err
}

// moment reads an instant, or an hour of the business day.
func moment(s *queue.State, now time.Time, field, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	day := string(s.Day)
	if day == "" {
		day = string(s.DayOf(now))
	}
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" "+text, s.Location())
	if err != nil || len(text) != len("15:04") {
		return time.Time{}, refusal(codeInvalid, "%q is neither an instant like 2025-07-14T09:30:00+07:00 nor an hour like 09:30", text).with("field", field)
	}
	return t, nil
}

func unknownService(s *queue.State, id queue.ServiceID) error {
	have := []string{}
	for _, l := range s.Lines {
		if !l.Removed {
			have = append(have, string(l.ID))
		}
	}
	return (&queue.Error{Code: queue.ErrUnknownService.Code, Message: fmt.Sprintf("there is no service %q here", id)}).With("services", have)
}
