package pages

import (
	"net/http"
)

// signInPage is the form; it works with script through the API and without one
// by sending itself.
type signInPage struct {
	page
	Next     string
	Account  string // already signed in
	Username string
	Code     string // of what went wrong
	Token    string // set-up only
}

func (p *Pages) signIn(w http.ResponseWriter, r *http.Request) {
	d := signInPage{page: p.page(w, r, "signin"), Next: localPath(r.URL.Query().Get("next"))}
	if p.o.Account != nil {
		if a, ok := p.o.Account(r); ok {
			d.Account = a.Name
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	p.render(w, r, http.StatusOK, "signin.html", d)
}

// maxForm is far above any name and password.
const maxForm = 16 << 10

// signInForm is the way of a browser without script. Forms of other sites are
// refused (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/).
func (p *Pages) signInForm(w http.ResponseWriter, r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		p.fail(w, r, http.StatusForbidden, "foreign", nil)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		p.fail(w, r, http.StatusBadRequest, "form", nil)
		return
	}
	d := signInPage{page: p.page(w, r, "signin"), Next: localPath(r.PostForm.Get("next")), Username: r.PostForm.Get("username")}
	if p.o.SignIn == nil {
		p.fail(w, r, http.StatusNotFound, "page", nil)
		return
	}
	if d.Code = p.o.SignIn(w, r, d.Username, r.PostForm.Get("password")); d.Code == "" {
		http.Redirect(w, r, d.Next, http.StatusSeeOther)
		return
	}
	status := http.StatusUnauthorized
	if d.Code == "locked_out" {
		status = http.StatusTooManyRequests
	}
	w.Header().Set("Cache-Control", "no-store")
	p.render(w, r, status, "signin.html", d)
}

// setup is opened by the one-time link that the first start prints.
func (p *Pages) setup(w http.ResponseWriter, r *http.Request) {
	d := signInPage{page: p.page(w, r, "setup"), Token: r.URL.Query().Get("token"), Next: "/"}
	w.Header().Set("Cache-Control", "no-store")
	p.render(w, r, http.StatusOK, "setup.html", d)
}
