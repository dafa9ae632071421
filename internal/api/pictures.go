package api

import (
	"net/http"

	"moiso/internal/ticket"
)

// A picture of a ticket never changes while the public address stays.
const cachePicture = "private, max-age=86400"

type qrIn struct {
	OfTicket
	Dots int `query:"dots" minimum:"1" maximum:"32" default:"8" doc:"Pixels a module"`
}

func (a *API) code(rq *request, text string) (ticket.Code, error) {
	id, err := ticketID(text)
	if err != nil {
		return ticket.Code{}, err
	}
	if rq.center, err = a.engine.CenterOf(rq.ctx, id); err != nil {
		return ticket.Code{}, err
	}
	return ticket.QR(ticket.URL(a.o.PublicURL, id))
}

func (a *API) qrPNG(rq *request, in *qrIn) (*rawOut, error) {
	code, err := a.code(rq, in.ID)
	if err != nil {
		return nil, err
	}
	b, err := code.PNG(in.Dots)
	return image("image/png", b), err
}

func (a *API) qrSVG(rq *request, in *OfTicket) (*rawOut, error) {
	code, err := a.code(rq, in.ID)
	if err != nil {
		return nil, err
	}
	return image("image/svg+xml", code.SVG()), nil
}

func image(kind string, b []byte) *rawOut {
	return &rawOut{Status: http.StatusOK, Type: kind, Cache: cachePicture, Body: b}
}

type slipIn struct {
	OfTicket
	Width int `query:"width" default:"576" doc:"Dots across the paper: 384 on 58 mm rolls, 576 on 80 mm"`
}

func (a *API) slip(rq *request, in *slipIn) (*rawOut, error) {
	if w := ticket.Width(in.Width); w != ticket.Narrow && w != ticket.Wide {
		return nil, refusal(codeInvalid, "the paper is %d or %d dots wide, not %d", ticket.Narrow, ticket.Wide, w).with("field", "width")
	}
	page, err := a.ticketPage(rq, in.ID)
	if err != nil {
		return nil, err
	}
	t := page.Ticket
	picture, err := ticket.Render(ticket.Paper{Center: page.CenterName, Service: page.ServiceName, Number: t.Number, URL: t.URL,
		Where: page.Where, Ahead: t.Ahead, Priority: t.Priority != "", At: t.IssuedAt, Language: t.Language}, ticket.Width(in.Width))
	if err != nil {
		return nil, err
	}
	b, err := picture.PNG()
	out := image("image/png", b)
	out.Cache = "no-store" // the people ahead change
	return out, err
}
