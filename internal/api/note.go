package api

import "strings"

// NoteBody is what a clerk writes on a visit. It stands in the side store, which can
// be erased, and never in the log.
type NoteBody struct {
	Note string `json:"note" doc:"At most 400 bytes, no personal data; empty erases it"`
}

type noteIn struct {
	OfTicket
	Keyed
	Body NoteBody
}

type noteOut struct {
	Body NoteBody
}

func (a *API) note(_ *request, in *OfTicket) (*noteOut, error) {
	id, err := ticketID(in.ID)
	if err != nil {
		return nil, err
	}
	text, err := a.auth.Note(string(id))
	return &noteOut{NoteBody{text}}, err
}

func (a *API) setNote(_ *request, in *noteIn) (*noteOut, error) {
	id, err := ticketID(in.ID)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(in.Body.Note)
	return &noteOut{NoteBody{text}}, a.auth.SetNote(string(id), text)
}
