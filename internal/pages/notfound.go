package pages

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// problem is a page that says, in both languages, why there is nothing else here.
type problem struct {
	page
	Status int
	VI, EN words
	Kind   string // page, center, counter, ticket, pending, method, internal: a locale key
	Near   []link // what exists nearby
	Number string // of the slip whose page this will be
	Again  bool   // the page asks again by itself
}

type link struct{ Href, Text string }

func (p *Pages) fail(w http.ResponseWriter, r *http.Request, status int, kind string, near []link) {
	p.showProblem(w, r, p.problem(w, r, status, kind, near))
}

func (p *Pages) problem(w http.ResponseWriter, r *http.Request, status int, kind string, near []link) problem {
	g := p.page(w, r, "error")
	d := problem{page: g, Status: status, Kind: kind, Near: near,
		VI: words{Lang: "vi", all: p.locales}, EN: words{Lang: "en", all: p.locales}}
	d.Title = g.T("start.problem." + kind + ".title")
	return d
}

func (p *Pages) showProblem(w http.ResponseWriter, r *http.Request, d problem) {
	w.Header().Set("Cache-Control", "no-store")
	p.render(w, r, d.Status, "problem.html", d)
}

// unknownPage is the catch-all.
func (p *Pages) unknownPage(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		p.fail(w, r, http.StatusMethodNotAllowed, "method", nil)
		return
	}
	p.fail(w, r, http.StatusNotFound, "page", nil)
}

func (p *Pages) unknownCounter(w http.ResponseWriter, r *http.Request, center string, have []int) {
	ws := words{Lang: language(w, r), all: p.locales}
	var near []link
	for _, n := range have {
		near = append(near, link{Href: counterPath(center, n), Text: ws.T("start.counter", "n", n)})
	}
	p.fail(w, r, http.StatusNotFound, "counter", near)
}

// centerFailed answers for a centre that could not be had.
func (p *Pages) centerFailed(w http.ResponseWriter, r *http.Request, id string, err error) {
	if !p.unknownCenter(r.Context(), id, err) {
		p.fail(w, r, http.StatusServiceUnavailable, "internal", nil)
		return
	}
	var near []link
	if p.o.Source.Centers != nil {
		if all, err := p.o.Source.Centers(r.Context()); err == nil {
			for _, c := range nearest(all, id, 5) {
				href := strings.Replace(r.URL.Path, id, c.ID, 1)
				near = append(near, link{Href: href, Text: upperFirst(shortName(c, language(w, r)))})
			}
		}
	}
	p.fail(w, r, http.StatusNotFound, "center", near)
}

// unknownCenter tells a centre that does not exist from one that cannot be read
// now: whatever the error, a centre missing in the list does not exist.
func (p *Pages) unknownCenter(ctx context.Context, id string, err error) bool {
	if unknown(err) {
		return true
	}
	if p.o.Source.Centers == nil {
		return false
	}
	all, listErr := p.o.Source.Centers(ctx)
	return listErr == nil && !slices.ContainsFunc(all, func(c view.CenterSummary) bool { return c.ID == id })
}

// unknown reports whether an error says that the thing does not exist.
func unknown(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, queue.ErrUnknownTicket)
}

func shortName(c view.CenterSummary, lang string) string {
	switch {
	case lang == "en" && c.Short.EN != "":
		return c.Short.EN
	case c.Short.VI != "":
		return c.Short.VI
	}
	return c.Name
}

// nearest are the centres whose ids or names are most like what was asked for.
func nearest(all []view.CenterSummary, asked string, n int) []view.CenterSummary {
	asked = plain(asked)
	type scored struct {
		c view.CenterSummary
		d int
	}
	var list []scored
	for _, c := range all {
		d := distance(plain(c.ID), asked)
		_, name, _ := strings.Cut(plain(c.Short.VI), "-") // without "phường" or "xã"
		d = min(d, distance(name, asked))
		list = append(list, scored{c, d})
	}
	slices.SortStableFunc(list, func(a, b scored) int { return a.d - b.d })
	out := make([]view.CenterSummary, 0, n)
	for _, s := range list[:min(n, len(list))] {
		out = append(out, s.c)
	}
	return out
}

// plain takes the marks off: "Thuận Hóa" and "thuan-hoa" become the same.
func plain(s string) string {
	var b strings.Builder
	for _, c := range norm.NFD.String(strings.ToLower(s)) {
		switch {
		case c == 'đ':
			b.WriteRune('d')
		case unicode.Is(unicode.Mn, c):
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			b.WriteRune(c)
		default:
			b.WriteRune('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

// distance is the number of letters to change, add or drop (Levenshtein 1966).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := corner
			if a[i] != b[j] {
				cost++
			}
			corner = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
