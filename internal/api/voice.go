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

// SpeakerBody asks to be, or to stay, the screen that speaks.
type SpeakerBody struct {
	Screen  string `json:"screen" minLength:"1" maxLength:"80" doc:"Which screen asks; made by it, and kept"`
	Spoken  uint64 `json:"spoken,omitempty" doc:"The newest call it has spoken"`
	Release bool   `json:"release,omitempty" doc:"It stops speaking: another may begin at once"`
}

type speakerOut struct {
	Body fleet.Speaker
}

func (a *API) speaker(rq *request, in *speakerIn) (*speakerOut, error) {
	spoken := in.Body.Spoken
	err := a.engine.View(rq.ctx, rq.center, func(s *queue.State, _ view.Stamp) error {
		// A screen that comes from before a restore may have spoken calls that are still to be
		// made; it must not keep the hall silent until then.
		spoken = min(spoken, s.LastCall)
		return nil
	})
	if err != nil {
		return nil, err
	}
	renew := a.speakers.Renew
	if in.Body.Release {
		renew = a.speakers.Release
	}
	return &speakerOut{renew(rq.center, in.Body.Screen, spoken)}, nil
}
