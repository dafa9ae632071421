package api

import (
	"strings"

	"moiso/internal/announce"
	"moiso/internal/fleet"
	"moiso/internal/queue"
	"moiso/internal/view"
)

type announcementIn struct {
	Number    string `query:"number" required:"true" minLength:"1" maxLength:"20" doc:"A ticket's number"`
	Counter   int    `query:"counter" minimum:"0" maximum:"9999" doc:"0 says the number alone"`
	Again     bool   `query:"again" doc:"A recall"`
	Language  string `query:"language" maxLength:"10" doc:"In which the ticket was issued: it is called in it too"`
	Languages string `query:"languages" maxLength:"40" default:"vi,en" doc:"In this order"`
	Repeats   int    `query:"repeats" minimum:"1" maximum:"5" default:"2"`
	ChimeOnly bool   `query:"chime_only"`
	Waiting   int    `query:"waiting" minimum:"0" doc:"Other calls that wait to be spoken; from two on it is said once and in the first language"`
}

type announcementOut struct {
	Cache string `header:"Cache-Control"`
	Body  announce.Announcement
}

// announcement needs no centre: the words are the same everywhere.
func (a *API) announcement(_ *request, in *announcementIn) (*announcementOut, error) {
	return &announcementOut{"public, max-age=3600", announce.Of(
		announce.Call{Number: in.Number, Counter: in.Counter, Again: in.Again, Language: in.Language},
		announce.Style{Languages: strings.Split(in.Languages, ","), Repeats: in.Repeats, ChimeOnly: in.ChimeOnly, Waiting: in.Waiting},
	)}, nil
}

type speakerIn struct {
	InCenter
	Body SpeakerBody
}

// SpeakerBody asks to be, or to stay, the screen that speaks, and for the call that it is
// about to say.
type SpeakerBody struct {
	Screen  string   `json:"screen" minLength:"1" maxLength:"80" doc:"Which screen asks; made by it, anew whenever its page is loaded"`
	Seq     uint64   `json:"seq,omitempty" doc:"Counts the screen's requests from 1: one that arrives after a later one changes nothing"`
	Got     uint64   `json:"got,omitempty" doc:"The newest of them whose answer it has heard: a screen that hears none does not stay the speaker"`
	Call    uint64   `json:"call,omitempty" doc:"The call that it is about to say, and says only when the answer calls it its own"`
	Back    []uint64 `json:"back,omitempty" maxItems:"100" doc:"Calls that it asked for and did not begin to say: another may"`
	Release bool     `json:"release,omitempty" doc:"It stops speaking: another may begin at once"`
}

type speakerOut struct {
	Body fleet.Speaker
}

func (a *API) speaker(rq *request, in *speakerIn) (*speakerOut, error) {
	b := in.Body
	ask := fleet.Ask{Screen: b.Screen, Seq: b.Seq, Got: b.Got, Release: b.Release, Back: b.Back, Call: b.Call}
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, p view.Stamp) error {
		if c := lastCall(s, b.Call); c != nil {
			ask.CallAt, ask.CallAge = c.At, p.Now.Sub(c.At)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	answer, err := a.speakers.Ask(rq.center, ask)
	if err != nil {
		a.log.Error("what was spoken cannot be kept; after a restart a call may be said twice", "center", rq.center, "error", err)
	}
	return &speakerOut{answer}, nil
}

// lastCall finds a call that stands, nil for one that was taken back or is not known.
func lastCall(s *queue.State, n uint64) *queue.Call {
	for i := len(s.Calls) - 1; i >= 0 && s.Calls[i].Call >= n; i-- {
		if s.Calls[i].Call == n && !s.Calls[i].Withdrawn {
			return &s.Calls[i]
		}
	}
	return nil
}
