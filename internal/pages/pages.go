package pages

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"time"

	"moiso/assets"
	"moiso/internal/view"
)

// ErrNotFound is what a Source function answers when it knows no such thing.
// A refusal of the domain (queue.ErrUnknownTicket) is understood as well.
var ErrNotFound = errors.New("not found")

// Source is where the pages get their facts. A nil function means that the
// program has no such facts, and its pages answer as unknown.
type Source struct {
	Ticket func(ctx context.Context, id string) (view.TicketPage, error)
	// Appointment gives what an id stands for that is no ticket yet.
	Appointment func(ctx context.Context, id string) (view.AppointmentPage, error)
	Centers     func(ctx context.Context) ([]view.CenterSummary, error)
	Center      func(ctx context.Context, id string) (view.Center, error)
}

// Account is who is signed in, as the pages name them.
type Account struct {
	Name   string
	Roles  []string
	Center string // the one centre of all roles, "" when they reach further
}

// Options says what is served. All fields may be left out.
type Options struct {
	// Assets replaces the embedded files, for tests.
	Assets fs.FS
	Source Source
	// Demo shows how to sign in, and the gallery.
	Demo    bool
	Version string
	// Device is "kiosk" or "display" in those programs: only that page is served,
	// at / for DeviceCenter, and it carries data-device.
	Device       string
	DeviceCenter string
	// Account tells who is signed in. Without it, pages for staff open and
	// leave it to the API to refuse.
	Account func(*http.Request) (Account, bool)
	// SignIn takes the sign-in form of a browser without script. It sets the
	// cookie and answers "", or answers the error code to show.
	SignIn func(w http.ResponseWriter, r *http.Request, username, password string) (code string)
	// OnKioskPage runs before a kiosk page is sent; in a demo it gives the browser
	// the cookie of a kiosk.
	OnKioskPage func(w http.ResponseWriter, r *http.Request, center string)
	// OnDisplayPage does the same for a screen.
	OnDisplayPage func(w http.ResponseWriter, r *http.Request, center string)
}

// Pages serves the pages. It is safe for concurrent use.
type Pages struct {
	o       Options
	files   fs.FS
	static  *static
	locales locales
	html    *template.Template
	now     func() time.Time
}

// New reads the assets, compresses them and parses the templates.
func New(o Options) (*Pages, error) {
	p := &Pages{o: o, files: o.Assets, now: time.Now}
	if p.files == nil {
		p.files = assets.FS
	}
	switch o.Device {
	case "", "kiosk", "display", "printer":
	default:
		return nil, fmt.Errorf("pages: unknown device %q", o.Device)
	}
	var err error
	if p.static, err = newStatic(p.files, o.Demo); err != nil {
		return nil, fmt.Errorf("pages: static files: %w", err)
	}
	if p.locales, err = readLocales(p.files); err != nil {
		return nil, fmt.Errorf("pages: locales: %w", err)
	}
	if p.html, err = template.ParseFS(p.files, "html/*.html"); err != nil {
		return nil, fmt.Errorf("pages: templates: %w", err)
	}
	return p, nil
}

// AssetPath is the address of a static file with its content hash, for whoever
// must link one from elsewhere.
func (p *Pages) AssetPath(name string) string { return p.static.path(name) }

// Register adds the pages to a mux. It takes "/" for pages that do not exist.
func (p *Pages) Register(mux *http.ServeMux) {
	handle := func(pattern string, h http.HandlerFunc) { mux.Handle(pattern, p.headers(h)) }
	handle("GET /assets/", p.static.ServeHTTP)
	handle("GET /favicon.ico", p.favicon)
	handle("GET /favicon.svg", p.favicon)
	handle("GET /robots.txt", robots)
	handle("/", p.unknownPage)
	if p.o.Device != "" {
		handle("GET /{$}", p.device)
		handle("GET /"+p.o.Device+"/{c}", p.device)
		return
	}
	handle("GET /{$}", p.start)
	handle("GET /kiosk/{c}", p.live("kiosk"))
	mux.Handle("GET /display/{c}", headers(p.live("display"), true))
	handle("GET /counter/{c}/{n}", p.live("counter"))
	handle("GET /assist/{c}", p.live("assist"))
	handle("GET /admin", p.admin)
	handle("GET /admin/devices", p.ofCenter("devices"))
	handle("GET /admin/displays", p.ofCenter("displays"))
	handle("GET /monitor/{c}", p.ofCenter("monitor"))
	handle("GET /t/{id}", p.ticket)
	handle("GET /T/{id}", p.ticket)
	handle("GET /t/{id}/{number}", p.ticket) // a slip of a kiosk that was cut off carries its number too
	handle("GET /T/{id}/{number}", p.ticket)
	handle("GET /sign-in", p.signIn)
	handle("POST /sign-in", p.signInForm)
	handle("GET /setup", p.setup)
	handle("GET /docs", p.docs)
	for _, name := range []string{"reports", "city"} {
		handle("GET /"+name, p.later(name))
	}
	handle("GET /join/{c}", p.later("join"))
	if p.o.Demo {
		handle("GET /gallery", p.gallery)
		handle("GET /gallery/{page}/{state}", p.galleryState)
	}
}
