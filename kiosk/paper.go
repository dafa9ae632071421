package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"moiso/internal/device"
	"moiso/internal/printer"
	"moiso/internal/queue"
	"moiso/internal/ticket"
	"moiso/internal/view"
)

// paper puts tickets on paper.
type paper struct {
	printer *printer.Printer
	log     *slog.Logger
	ended   chan struct{} // closed when the printer is driven no more
}

// run drives the printer, and has told what changes about it.
func (p *paper) run(ctx context.Context, tell func()) error {
	defer close(p.ended)
	done := make(chan error, 1)
	go func() { done <- p.printer.Run(ctx) }()
	for {
		changed := p.printer.Changed()
		tell()
		select {
		case <-changed:
		case err := <-done:
			if errors.Is(err, ctx.Err()) {
				return nil
			}
			return err
		}
	}
}

// settings are those of this kiosk.
func settings(doc *view.Kiosk, id identity) queue.KioskSettings {
	if doc == nil {
		return queue.KioskSettings{}
	}
	s, own := doc.Devices[id.Device]
	if !own {
		return doc.Settings
	}
	if len(s.Logo) == 0 && !slices.Contains(s.None, "logo") {
		s.Logo = doc.Settings.Logo
	}
	return s
}

// print puts a ticket on paper, where there is a printer and paper is wanted. It does
// not keep the citizen waiting: how the slip fares, the printer's status tells.
func (k *kiosk) print(t view.Ticket, o order) {
	if k.paper == nil {
		return
	}
	id, doc := k.known()
	s := settings(doc, id)
	wanted := s.Paperless == nil || !*s.Paperless
	if o.Paper != nil {
		wanted = *o.Paper
	}
	if !wanted {
		return
	}
	go func() {
		if err := k.paper.put(doc, s, t, false); err != nil {
			k.log.Warn("a ticket is not on paper; the page shows it", "number", t.Number, "error", err)
		}
	}()
}

// put draws a slip and hands it over.
func (p *paper) put(doc *view.Kiosk, s queue.KioskSettings, t view.Ticket, again bool) error {
	b, err := ticket.Render(slipOf(doc, s, t), width(s))
	if err != nil {
		return err
	}
	return p.printer.Print(printer.Job{Ticket: t.ID, Number: t.Number, Bitmap: b, Again: again})
}

func width(s queue.KioskSettings) ticket.Width {
	if ticket.Width(s.PaperDots) == ticket.Narrow {
		return ticket.Narrow
	}
	return ticket.Wide
}

// slipOf is what stands on the paper. No hour is printed that is only a guess.
func slipOf(doc *view.Kiosk, s queue.KioskSettings, t view.Ticket) ticket.Paper {
	p := ticket.Paper{Number: t.Number, URL: t.URL, Ahead: t.Ahead, Priority: t.Priority != "", Language: t.Language,
		Logo: s.Logo, Lines: s.Lines}
	if t.ETA != nil {
		p.Wait = &ticket.Wait{P50: time.Duration(t.ETA.P50) * time.Second, P90: time.Duration(t.ETA.P90) * time.Second}
	}
	if !t.Uncertain {
		p.At = t.IssuedAt.In(zone(doc))
	}
	if t.DueAt != nil {
		p.Due = t.DueAt.In(zone(doc))
	}
	if doc == nil {
		return p
	}
	p.Center = doc.Name
	for _, v := range doc.Services {
		if v.ID == t.Service {
			p.Service, p.Where = v.Name, v.Where
		}
	}
	return p
}

// again answers the page: the slip that was cut off is to be printed again or let go,
// or a person wants a slip once more.
func (k *kiosk) again(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Ticket string `json:"ticket"`
		Again  bool   `json:"again"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxOrder)).Decode(&in); err != nil {
		device.Problem(w, http.StatusBadRequest, "malformed", "the request is not a JSON object")
		return
	}
	if k.paper == nil {
		device.Problem(w, http.StatusConflict, "no_printer", "this kiosk has no printer")
		return
	}
	err := k.paper.printer.Confirm(in.Ticket, in.Again)
	if errors.Is(err, printer.ErrNoQuestion) && in.Again {
		t, ok := k.whole(in.Ticket)
		if !ok {
			device.Problem(w, http.StatusNotFound, "unknown_ticket", "this kiosk did not give out that ticket lately")
			return
		}
		id, doc := k.known()
		err = k.paper.put(doc, settings(doc, id), t, true)
	}
	switch {
	case err == nil, errors.Is(err, printer.ErrNoQuestion): // let go already
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, printer.ErrCannotPrint), errors.Is(err, printer.ErrFull), errors.Is(err, printer.ErrPrintedOnce):
		device.Problem(w, http.StatusConflict, "cannot_print", err.Error())
	default:
		device.Problem(w, http.StatusInternalServerError, "internal", err.Error())
	}
}

// whole is a ticket that was given out here.
func (k *kiosk) whole(id string) (view.Ticket, bool) {
	if t, ok := k.spool.find(id); ok {
		return k.shown(t), true
	}
	return k.remembered(id)
}

// openPaper names the printer; nil is for a kiosk without one.
func openPaper(name string, memory printer.Memory, log *slog.Logger) (*paper, error) {
	if name == "" || name == "none" {
		return nil, nil
	}
	p, err := printer.Open(name, printer.Options{Memory: memory})
	if err != nil {
		return nil, err
	}
	return &paper{printer: p, log: log, ended: make(chan struct{})}, nil
}
