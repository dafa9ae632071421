package pages

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// shell is the page of a module that draws itself: before its script runs it says
// what it is, and what to do when nothing more comes.
type shell struct {
	page
	Center  string
	Counter string
	Device  string
	Account string
	Place   string // name of the centre, when known
	Fixture string // gallery only: the state to show instead of a socket
	Styles  []string
}

// live answers the shell of kiosk, display, counter or assist.
func (p *Pages) live(name string) http.HandlerFunc {
	staff := name == "counter" || name == "assist"
	return func(w http.ResponseWriter, r *http.Request) {
		s := p.shell(p.page(w, r, name))
		s.Center, s.Counter, s.Device = r.PathValue("c"), r.PathValue("n"), "browser"
		if staff && p.o.Account != nil {
			a, ok := p.o.Account(r)
			if !ok {
				to := "/sign-in?next=" + url.QueryEscape(r.URL.RequestURI())
				http.Redirect(w, r, to, http.StatusSeeOther)
				return
			}
			s.Account = a.Name
		}
		if p.o.Source.Center != nil {
			c, err := p.o.Source.Center(r.Context(), s.Center)
			if err != nil {
				p.centerFailed(w, r, s.Center, err)
				return
			}
			s.Place = c.Short.VI
			if s.Lang == "en" && c.Short.EN != "" {
				s.Place = c.Short.EN
			}
			if name == "counter" {
				n, err := strconv.Atoi(s.Counter)
				have := make([]int, 0, len(c.Counters))
				for _, k := range c.Counters {
					have = append(have, k.Number)
				}
				if err != nil || !slices.Contains(have, n) {
					p.unknownCounter(w, r, c.ID, have)
					return
				}
				s.Counter = strconv.Itoa(n)
			}
		}
		if name == "kiosk" && p.o.OnKioskPage != nil {
			p.o.OnKioskPage(w, r, s.Center)
		}
		if name == "display" {
			p.display(w, r, &s)
		}
		p.render(w, r, http.StatusOK, "shell.html", s)
	}
}

// display tells the page whether somebody let it in, and lets a demo's in: only such a
// screen takes part in who speaks in the hall.
func (p *Pages) display(w http.ResponseWriter, r *http.Request, s *shell) {
	if p.o.Account != nil {
		if a, ok := p.o.Account(r); ok {
			s.Account = a.Name
		}
	}
	if p.o.OnDisplayPage != nil {
		p.o.OnDisplayPage(w, r, s.Center)
	}
}

// ofCenter answers the shell of a desk page whose centre stands in its path or in
// ?center=; without one it is the account's own, or the first.
func (p *Pages) ofCenter(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a, ok := p.staff(w, r)
		if !ok {
			return
		}
		s := p.shell(p.page(w, r, name))
		s.Account, s.Center, s.Device = a.Name, cmp.Or(r.PathValue("c"), r.URL.Query().Get("center")), "browser"
		if s.Center == "" {
			q := r.URL.Query()
			q.Set("center", p.center(r, a))
			if q.Get("center") == "" {
				p.centerFailed(w, r, "", ErrNotFound)
				return
			}
			http.Redirect(w, r, r.URL.Path+"?"+q.Encode(), http.StatusSeeOther)
			return
		}
		if p.o.Source.Center != nil {
			c, err := p.o.Source.Center(r.Context(), s.Center)
			if err != nil {
				p.centerFailed(w, r, s.Center, err)
				return
			}
			s.Place = c.Short.VI
			if s.Lang == "en" && c.Short.EN != "" {
				s.Place = c.Short.EN
			}
		}
		p.render(w, r, http.StatusOK, "shell.html", s)
	}
}

// device answers the one page of the kiosk and display programs.
func (p *Pages) device(w http.ResponseWriter, r *http.Request) {
	s := p.shell(p.page(w, r, p.o.Device))
	s.Center, s.Device = p.o.DeviceCenter, p.o.Device
	if c := r.PathValue("c"); c != "" && c != p.o.DeviceCenter {
		p.unknownPage(w, r)
		return
	}
	if p.o.OnKioskPage != nil && p.o.Device == "kiosk" {
		p.o.OnKioskPage(w, r, s.Center)
	}
	p.render(w, r, http.StatusOK, "shell.html", s)
}

func (p *Pages) shell(g page) shell {
	s := shell{page: g}
	for _, name := range append([]string{"tokens", "base", "parts"}, styles[g.Name]...) {
		s.Styles = append(s.Styles, "css/"+name+".css")
	}
	return s
}

// styles are a page's own, after those that all share, in the order of the cascade.
var styles = map[string][]string{
	"kiosk":    {"kiosk", "kiosk-choose", "kiosk-ask", "kiosk-landscape", "kiosk-number", "kiosk-found"},
	"display":  {"display", "display-tiles", "display-layouts", "display-upright", "display-own", "display-summary", "display-sound", "display-pairing"},
	"displays": {"desk", "displays"},
	"devices":  {"desk"},
	"monitor":  {"desk"},
	"counter":  {"counter", "counter-lists"},
	"assist":   {"assist"},
	"printer":  {"printer"},
}
