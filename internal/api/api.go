package api

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"moiso/internal/auth"
	"moiso/internal/engine"
	"moiso/internal/fleet"
	"moiso/internal/hub"
	"moiso/internal/media"
)

// maxBody is the largest body of a request, in bytes.
const maxBody = 64 << 10

// Options of an API. Engine, Hub, Auth and PublicURL are required.
type Options struct {
	Engine    *engine.Engine
	Hub       *hub.Hub
	Auth      *auth.Auth
	PublicURL *url.URL // what QR codes carry
	Version   string   // of the program, in the OpenAPI document and the metrics
	Metrics   *Metrics // nil measures into a registry of its own

	// Media keeps the files for the screens; nil keeps none. MediaLimit is the most bytes
	// of a centre's, 0 for the usual.
	Media      *media.Store
	MediaLimit int64

	// Speakers decides which screen of a hall speaks; nil remembers nothing over a restart.
	Speakers *fleet.Speakers

	// MetricsToken opens /metrics to whoever sends it as a bearer token; without
	// it only loopback may read them.
	MetricsToken string
	// ClientAddr finds the address of a request; nil is the peer's.
	ClientAddr func(*http.Request) netip.Addr
	Logger     *slog.Logger // nil logs nothing
}

// API answers /api/v1/…, /ws/v1, /openapi.json, /healthz, /readyz and /metrics.
type API struct {
	o        Options
	engine   *engine.Engine
	hub      *hub.Hub
	auth     *auth.Auth
	log      *slog.Logger
	metrics  *Metrics
	huma     huma.API
	document []byte              // the OpenAPI document, encoded once
	allow    map[string][]string // methods by path pattern, for 405
	speakers *fleet.Speakers
	pairing  fleet.Pairing
	roster   *fleet.Roster

	devicesVersion versions
	handler        http.Handler

	mediaMu sync.Mutex // a file and the word of it in the log change together
}

// New builds the routes.
func New(o Options) (*API, error) {
	if o.Engine == nil || o.Hub == nil || o.Auth == nil || o.PublicURL == nil {
		return nil, errors.New("api: engine, hub, auth and public URL are required")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.ClientAddr == nil {
		o.ClientAddr = auth.ClientAddr(nil)
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Speakers == nil {
		o.Speakers = &fleet.Speakers{}
	}
	a := &API{o: o, speakers: o.Speakers, engine: o.Engine, hub: o.Hub, auth: o.Auth, log: o.Logger, metrics: o.Metrics, allow: map[string][]string{}}
	a.roster = fleet.NewRoster(a.recordAlert, a.devicesChanged)
	if err := a.metrics.observe(a); err != nil {
		return nil, err
	}
	return a, a.build()
}

func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// build mounts every route. What tells of the server's own health needs nobody to
// be known; everything else passes Authenticate.
func (a *API) build() error {
	mux := http.NewServeMux()
	if err := a.mount(mux); err != nil {
		return err
	}
	outer := http.NewServeMux()
	for _, h := range a.health() {
		a.allow[h.path] = []string{http.MethodGet, http.MethodHead}
		outer.HandleFunc("GET "+h.path, a.plain(h.path, h.serve))
	}
	outer.Handle("/", a.auth.Authenticate(mux))
	for path := range a.allow {
		a.refuseOthers(mux, outer, path)
	}
	mux.HandleFunc("/", a.plain("", func(w http.ResponseWriter, r *http.Request) error {
		return refusal(codeNotFound, "there is nothing at %s; see /openapi.json", r.URL.Path)
	}))
	a.handler = a.edge(outer)
	return nil
}
