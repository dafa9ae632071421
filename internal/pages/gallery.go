package pages

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// fixture is a page state that needs no backend. Live pages load theirs by script;
// of those the gallery reads the title only.
type fixture struct {
	Title queue.Text      `json:"title"`
	Doc   json.RawMessage `json:"doc"`
	Stale bool            `json:"stale"`
	Since time.Time       `json:"since"`
	Now   time.Time       `json:"now"`
	UI    json.RawMessage `json:"ui"`
}

type galleryPage struct {
	page
	Groups []galleryGroup
}

type galleryGroup struct {
	Page   string
	States []galleryEntry
}

type galleryEntry struct {
	Page, State, Title string
}

// gallery lists what lies under fixtures/, whatever that is.
func (p *Pages) gallery(w http.ResponseWriter, r *http.Request) {
	d := galleryPage{page: p.page(w, r, "gallery")}
	dirs, err := fs.ReadDir(p.files, "fixtures")
	if err != nil {
		p.fail(w, r, http.StatusNotFound, "page", nil)
		return
	}
	for _, dir := range dirs {
		if !dir.IsDir() {
			continue
		}
		g := galleryGroup{Page: dir.Name()}
		for _, state := range p.states(dir.Name()) {
			f, err := p.fixture(dir.Name(), state)
			if err != nil {
				p.fail(w, r, http.StatusInternalServerError, "internal", nil)
				return
			}
			title := f.Title.VI
			if d.Lang == "en" && f.Title.EN != "" {
				title = f.Title.EN
			}
			g.States = append(g.States, galleryEntry{Page: g.Page, State: state, Title: title})
		}
		d.Groups = append(d.Groups, g)
	}
	slices.SortFunc(d.Groups, func(a, b galleryGroup) int { return strings.Compare(a.Page, b.Page) })
	p.render(w, r, http.StatusOK, "gallery.html", d)
}

// states are the names of a page's fixtures.
func (p *Pages) states(pageName string) []string {
	names, err := fs.Glob(p.files, path.Join("fixtures", pageName, "*.json"))
	if err != nil {
		return nil
	}
	for i, n := range names {
		names[i] = strings.TrimSuffix(path.Base(n), ".json")
	}
	return names
}

func (p *Pages) fixture(pageName, state string) (fixture, error) {
	var f fixture
	b, err := fs.ReadFile(p.files, path.Join("fixtures", pageName, state+".json"))
	if err != nil {
		return f, err
	}
	return f, json.Unmarshal(b, &f)
}

// galleryState shows one state: live pages get their shell with data-fixture, and
// pages made by the server are made from the fixture.
func (p *Pages) galleryState(w http.ResponseWriter, r *http.Request) {
	name, state := r.PathValue("page"), r.PathValue("state")
	if !slices.Contains(p.states(name), state) {
		p.fail(w, r, http.StatusNotFound, "page", nil)
		return
	}
	f, err := p.fixture(name, state)
	if err != nil {
		p.fail(w, r, http.StatusInternalServerError, "internal", nil)
		return
	}
	g := p.page(w, r, name)
	switch name {
	case "ticket":
		p.galleryTicket(w, r, g, f)
	case "start":
		p.galleryStart(w, r, g, f)
	default:
		s := p.shell(g)
		s.Center, s.Counter, s.Device, s.Fixture = "thuan-hoa", "3", "browser", state
		p.render(w, r, http.StatusOK, "shell.html", s)
	}
}

func (p *Pages) galleryTicket(w http.ResponseWriter, r *http.Request, g page, f fixture) {
	if bytes.Contains(f.Doc, []byte(`"appointment"`)) {
		p.galleryAppointment(w, r, g, f)
		return
	}
	d := ticketPage{page: g, Stale: f.Stale, Since: f.Since, Now: f.Now, Fixture: true}
	zone, err := time.LoadLocation(defaultZone)
	if err == nil {
		err = json.Unmarshal(f.Doc, &d.Doc)
	}
	if err != nil {
		p.fail(w, r, http.StatusInternalServerError, "internal", nil)
		return
	}
	d.Zone = zone
	d.Title = d.Doc.Ticket.Number + " · " + d.Place()
	p.render(w, r, http.StatusOK, "ticket.html", d)
}

func (p *Pages) galleryAppointment(w http.ResponseWriter, r *http.Request, g page, f fixture) {
	d := appointmentPage{page: g, Stale: f.Stale, Since: f.Since, Now: f.Now, Fixture: true}
	zone, err := time.LoadLocation(defaultZone)
	if err == nil {
		err = json.Unmarshal(f.Doc, &d.Doc)
	}
	if err != nil {
		p.fail(w, r, http.StatusInternalServerError, "internal", nil)
		return
	}
	d.Zone = zone
	d.Title = d.Heading() + " · " + d.Place()
	p.render(w, r, http.StatusOK, "appointment.html", d)
}

// startFixture is the doc of fixtures/start: which of the small pages, and with what.
type startFixture struct {
	Page    string               `json:"page"` // start, signin, setup, problem, later
	Kind    string               `json:"kind"` // of a problem or of a later page
	Account string               `json:"account"`
	Code    string               `json:"code"`
	Centers []view.CenterSummary `json:"centers"`
	Counter []view.CenterCounter `json:"counters"`
	Near    []view.CenterSummary `json:"near"`
}

func (p *Pages) galleryStart(w http.ResponseWriter, r *http.Request, g page, f fixture) {
	var s startFixture
	if err := json.Unmarshal(f.Doc, &s); err != nil {
		p.fail(w, r, http.StatusInternalServerError, "internal", nil)
		return
	}
	switch s.Page {
	case "start":
		d := startPage{page: g, Account: s.Account, Counter: s.Counter}
		d.fill(s.Centers, r.URL.Query().Get("center"))
		p.render(w, r, http.StatusOK, "start.html", d)
	case "signin":
		g = p.pageIn(g.Lang, r, "signin")
		p.render(w, r, http.StatusOK, "signin.html", signInPage{page: g, Next: "/", Account: s.Account, Code: s.Code})
	case "setup":
		g = p.pageIn(g.Lang, r, "setup")
		p.render(w, r, http.StatusOK, "setup.html", signInPage{page: g, Next: "/", Code: s.Code, Token: s.Kind})
	case "admin":
		d := adminPage{page: g, Center: "thuan-hoa", Place: "phường Thuận Hóa"}
		d.Title = g.T("start.title.admin")
		p.render(w, r, http.StatusOK, "admin.html", d)
	case "later":
		d := laterPage{page: g, Part: s.Kind}
		d.Title = g.T("start.later." + s.Kind + ".title")
		p.render(w, r, http.StatusOK, "later.html", d)
	default:
		var near []link
		for _, c := range s.Near {
			near = append(near, link{Href: "/?center=" + c.ID, Text: upperFirst(shortName(c, g.Lang))})
		}
		pr := p.problem(w, r, http.StatusOK, s.Kind, near)
		pr.Number = s.Code
		p.showProblem(w, r, pr)
	}
}

// GroupTitle names a page; one without a name of its own is called as it is.
func (d galleryPage) GroupTitle(name string) string {
	key := "start.gallery.group." + name
	if s := d.T(key); s != key {
		return s
	}
	return name
}
