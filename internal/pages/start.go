package pages

import (
	"fmt"
	"net/http"

	"moiso/internal/view"
)

func counterPath(center string, n int) string { return fmt.Sprintf("/counter/%s/%d", center, n) }

// startPage is the way in: choose a centre, open any page of it.
type startPage struct {
	page
	Account string
	Centers []startCenter
	Chosen  *startCenter
	Waiting int // in all centres
	Open    int // counters open in all centres
	Issued  int // today, in all centres
	Counter []view.CenterCounter
	Live    bool // ask for the numbers again now and then
}

// startCenter is a row of the list.
type startCenter struct {
	ID, Name, Plain       string
	Open, Waiting, Issued int
	Chosen                bool
}

func (p *Pages) start(w http.ResponseWriter, r *http.Request) {
	d := startPage{page: p.page(w, r, "start"), Live: true}
	if p.o.Account != nil {
		if a, ok := p.o.Account(r); ok {
			d.Account = a.Name
		}
	}
	if p.o.Source.Centers != nil {
		all, err := p.o.Source.Centers(r.Context())
		if err != nil {
			p.fail(w, r, http.StatusServiceUnavailable, "internal", nil)
			return
		}
		d.fill(all, r.URL.Query().Get("center"))
	}
	if d.Chosen != nil && p.o.Source.Center != nil {
		if c, err := p.o.Source.Center(r.Context(), d.Chosen.ID); err == nil {
			d.Counter = c.Counters
		}
	}
	p.render(w, r, http.StatusOK, "start.html", d)
}

// fill lists the centres and chooses one: the one asked for, else the one where
// most people wait, so that the first look shows life.
func (d *startPage) fill(all []view.CenterSummary, asked string) {
	best := -1
	for i, c := range all {
		name := upperFirst(shortName(c, d.Lang))
		d.Centers = append(d.Centers, startCenter{ID: c.ID, Name: name, Plain: plain(name) + " " + c.ID,
			Open: c.OpenCounters, Waiting: c.Waiting, Issued: c.Issued})
		d.Waiting += c.Waiting
		d.Open += c.OpenCounters
		d.Issued += c.Issued
		if best < 0 || c.Waiting > all[best].Waiting {
			best = i
		}
	}
	for i, c := range all {
		if c.ID == asked {
			best = i
		}
	}
	if best >= 0 {
		d.Centers[best].Chosen = true
		d.Chosen = &d.Centers[best]
	}
}

// laterPage is the plain page of a part that is not there yet.
type laterPage struct {
	page
	Part string
}

func (p *Pages) later(part string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c := r.PathValue("c"); c != "" && p.o.Source.Center != nil {
			if _, err := p.o.Source.Center(r.Context(), c); err != nil {
				p.centerFailed(w, r, c, err)
				return
			}
		}
		d := laterPage{page: p.page(w, r, "start"), Part: part}
		d.Title = d.T("start.later." + part + ".title")
		p.render(w, r, http.StatusOK, "later.html", d)
	}
}

func (p *Pages) docs(w http.ResponseWriter, r *http.Request) {
	p.render(w, r, http.StatusOK, "docs.html", p.page(w, r, "docs"))
}

// State is a counter's state in words.
func (d startPage) State(state string) string {
	switch state {
	case "open":
		return d.T("start.counter.open")
	case "paused":
		return d.T("start.counter.paused")
	}
	return d.T("start.counter.closed")
}
