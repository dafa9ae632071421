package api

import (
	"net/http"

	"moiso/internal/auth"
)

type passwordIn struct {
	Body PasswordBody
}

// PasswordBody is who says to be whom.
type PasswordBody struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

type tokenOut struct {
	Body struct {
		Token string `json:"token" doc:"Send it as Authorization: Bearer …; good for 30 days"`
	}
}

// login takes no Idempotency-Key: an answer with a token in it is never kept.
func (a *API) login(rq *request, in *passwordIn) (*tokenOut, error) {
	p, token, err := a.auth.Login(rq.ctx, in.Body.Username, in.Body.Password, auth.Addr(rq.ctx))
	if err != nil {
		return nil, err
	}
	rq.who = p
	var out tokenOut
	out.Body.Token = token
	return &out, nil
}

// Account is a person who is signed in.
type Account struct {
	ID       string   `json:"id"`
	Username string   `json:"username"`
	Name     string   `json:"name"`
	Roles    []string `json:"roles"`
	Center   string   `json:"center" doc:"Empty for all centres"`
}

func accountOf(p *auth.Principal) Account {
	return Account{ID: p.ID, Username: p.Username, Name: p.Name, Roles: p.RoleNames(), Center: string(p.Center())}
}

type accountOut struct {
	Cookie http.Cookie `header:"Set-Cookie" hidden:"true"`
	Body   Account
}

func (a *API) signIn(rq *request, in *passwordIn) (*accountOut, error) {
	p, cookie, err := a.auth.SignIn(rq.ctx, in.Body.Username, in.Body.Password)
	if err != nil {
		return nil, err
	}
	rq.who = p
	return &accountOut{*cookie, accountOf(p)}, nil
}

type whoOut struct {
	Body Account
}

func (a *API) session(rq *request, _ *struct{}) (*whoOut, error) {
	if rq.who == nil || rq.who.Kind != auth.Person {
		return nil, auth.ErrNotSignedIn
	}
	return &whoOut{accountOf(rq.who)}, nil
}

type cookieOut struct {
	Cookie http.Cookie `header:"Set-Cookie" hidden:"true"`
}

func (a *API) signOut(rq *request, _ *struct{}) (*cookieOut, error) {
	cookie, err := a.auth.SignOut(rq.ctx)
	if err != nil {
		return nil, err
	}
	return &cookieOut{*cookie}, nil
}

type setupIn struct {
	Body SetupBody
}

// SetupBody makes the first administrator.
type SetupBody struct {
	Token    string `json:"token" doc:"Of the set-up link that the first start printed"`
	Username string `json:"username"`
	Password string `json:"password"`
}

type setupOut struct {
	Body Account
}

func (a *API) setup(rq *request, in *setupIn) (*setupOut, error) {
	p, err := a.auth.CompleteSetup(rq.ctx, in.Body.Token, in.Body.Username, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return &setupOut{accountOf(p)}, nil
}
