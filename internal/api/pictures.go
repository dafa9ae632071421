package api

import (
	"cmp"
	"net/http"
	"time"

	"moiso/internal/queue"
	"moiso/internal/ticket"
	"moiso/internal/view"
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
	Width int `query:"width" doc:"Dots across the paper: 384 on 58 mm rolls, 576 on 80 mm; left out, that of the centre's kiosks"`
}

// slip is what the centre's kiosks print: the same dots, with its lines and its logo.
func (a *API) slip(rq *request, in *slipIn) (*rawOut, error) {
	page, err := a.ticketPage(rq, in.ID)
	if err != nil {
		return nil, err
	}
	t := page.Ticket
	var kiosk queue.KioskSettings
	if err := a.engine.View(rq.ctx, queue.CenterID(t.Center), func(s *queue.State, _ view.Stamp) error {
		kiosk = s.KioskFor("")
		return nil
	}); err != nil {
		return nil, err
	}
	width := ticket.Width(cmp.Or(in.Width, kiosk.PaperDots))
	if width != ticket.Narrow && width != ticket.Wide {
		return nil, refusal(codeInvalid, "the paper is %d or %d dots wide, not %d", ticket.Narrow, ticket.Wide, width).with("field", "width")
	}
	paper := ticket.Paper{Center: page.CenterName, Service: page.ServiceName, Number: t.Number, URL: t.URL, Where: page.Where, Ahead: t.Ahead,
		Priority: t.Priority != "", At: t.IssuedAt, Language: t.Language, Logo: kiosk.Logo, Lines: kiosk.Lines}
	if t.Uncertain {
		paper.At = time.Time{} // no hour is printed that is only a guess
	}
	if t.DueAt != nil {
		paper.Due = *t.DueAt
	}
	if t.ETA != nil {
		paper.Wait = &ticket.Wait{P50: time.Duration(t.ETA.P50) * time.Second, P90: time.Duration(t.ETA.P90) * time.Second}
	}
	picture, err := ticket.Render(paper, width)
	if err != nil {
		return nil, err
	}
	b, err := picture.PNG()
	out := image("image/png", b)
	out.Cache = "no-store" // the people ahead change
	return out, err
}
