package pages

import (
	"net/http"
	"net/url"
)

// adminPage lists what there is to manage, and what is still to come.
type adminPage struct {
	page
	Account string
	Center  string
	Place   string
}

// staff finds out who is signed in, or sends to the sign-in page and gives false.
func (p *Pages) staff(w http.ResponseWriter, r *http.Request) (Account, bool) {
	if p.o.Account == nil {
		return Account{}, true
	}
	a, ok := p.o.Account(r)
	if !ok {
		http.Redirect(w, r, "/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
	}
	return a, ok
}

// center is the centre that a page of several centres shows: the one asked for, the
// account's own, or the first of the city.
func (p *Pages) center(r *http.Request, a Account) string {
	if c := r.URL.Query().Get("center"); c != "" {
		return c
	}
	if a.Center != "" || p.o.Source.Centers == nil {
		return a.Center
	}
	all, err := p.o.Source.Centers(r.Context())
	if err != nil || len(all) == 0 {
		return ""
	}
	return all[0].ID
}

// admin answers the list of what there is to manage.
func (p *Pages) admin(w http.ResponseWriter, r *http.Request) {
	a, ok := p.staff(w, r)
	if !ok {
		return
	}
	d := adminPage{page: p.page(w, r, "start"), Account: a.Name, Center: p.center(r, a)}
	d.Title = d.T("start.title.admin")
	if p.o.Source.Center != nil && d.Center != "" {
		c, err := p.o.Source.Center(r.Context(), d.Center)
		if err != nil {
			p.centerFailed(w, r, d.Center, err)
			return
		}
		d.Place = c.Short.VI
		if d.Lang == "en" && c.Short.EN != "" {
			d.Place = c.Short.EN
		}
	}
	p.render(w, r, http.StatusOK, "admin.html", d)
}
