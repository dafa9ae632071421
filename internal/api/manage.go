package api

import (
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

type pauseIn struct {
	InCenter
	Keyed
	Body PauseBody
}

// PauseBody stops issuing.
type PauseBody struct {
	Service string `json:"service,omitempty" doc:"Left out it is the whole centre"`
	Reason  string `json:"reason" doc:"People read it"`
	Until   string `json:"until,omitempty" doc:"When it is expected to go on: RFC 3339, or 10:30 of today"`
}

func (a *API) pauseIssuing(rq *request, in *pauseIn) (*centerOut, error) {
	var until time.Time
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, p view.Stamp) (err error) {
		until, err = moment(s, p.Now, "until", in.Body.Until)
		return err
	})
	if err != nil {
		return nil, err
	}
	return a.manage(rq, in.Keyed, "pause-issuing", in.Body,
		queue.PauseIssuing{Service: queue.ServiceID(in.Body.Service), Reason: in.Body.Reason, Until: until})
}

type resumeIn struct {
	InCenter
	Keyed
	Body *ResumeBody
}

// ResumeBody goes on issuing.
type ResumeBody struct {
	Service string `json:"service,omitempty" doc:"Left out it is the whole centre"`
}

func (a *API) resumeIssuing(rq *request, in *resumeIn) (*centerOut, error) {
	var body ResumeBody
	if in.Body != nil {
		body = *in.Body
	}
	return a.manage(rq, in.Keyed, "resume-issuing", body, queue.ResumeIssuing{Service: queue.ServiceID(body.Service)})
}

type endDayIn struct {
	InCenter
	Keyed
	Body *NoBody
}

func (a *API) endDay(rq *request, in *endDayIn) (*centerOut, error) {
	return a.manage(rq, in.Keyed, "end-day", NoBody{}, queue.EndDay{})
}

// manage carries out a command on a centre and answers with the centre.
func (a *API) manage(rq *request, key Keyed, verb string, body any, c queue.Command) (*centerOut, error) {
	call, err := rq.call(key.Key, "", body)
	if err != nil {
		return nil, err
	}
	if _, err := a.do(rq, verb, c, call); err != nil {
		return nil, err
	}
	return a.center(rq, nil)
}

type confirmIn struct {
	Keyed
	Body *NoBody
}

// confirmClock is harmless to repeat, so its key is not remembered.
func (a *API) confirmClock(rq *request, _ *confirmIn) (*struct{}, error) {
	a.engine.ConfirmClock(rq.who.ID)
	return nil, nil
}
