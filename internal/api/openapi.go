package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

const schemaPrefix = "#/components/schemas/"

// mount puts the table on a mux and writes the OpenAPI document.
func (a *API) mount(mux *http.ServeMux) error {
	registry := huma.NewMapRegistry(schemaPrefix, huma.DefaultSchemaNamer)
	registry.Map()["Problem"] = problemSchema()
	a.huma = humago.New(mux, huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Mời Số", Version: a.o.Version,
				Description: "Queue tickets and service counters. Durations are seconds (suffix _s), instants RFC 3339 with offset. Refusals are problem documents (RFC 9457) with a stable code."},
			Components: &huma.Components{Schemas: registry, SecuritySchemes: map[string]*huma.SecurityScheme{
				"bearer":  {Type: "http", Scheme: "bearer", Description: "A program's token, from POST /api/v1/login, or a device's"},
				"session": {Type: "apiKey", In: "cookie", Name: "moiso_session", Description: "A browser that signed in"},
			}},
		},
		Formats:       map[string]huma.Format{"application/json": strict, "json": strict},
		DefaultFormat: "application/json",
	})
	for _, r := range routes() {
		a.allow[r.path] = append(a.allow[r.path], r.method)
		if r.method == http.MethodGet {
			a.allow[r.path] = append(a.allow[r.path], http.MethodHead)
		}
		r.mount(a, r)
	}
	a.allow[socketPath] = []string{http.MethodGet}
	mux.HandleFunc("GET "+socketPath, a.plain(socketPath, a.socket))
	a.huma.OpenAPI().AddOperation(a.socketOperation())
	for _, h := range a.health() {
		a.huma.OpenAPI().AddOperation(h.operation())
	}
	a.nullable()
	text, err := json.Marshal(a.huma.OpenAPI())
	if err != nil {
		return fmt.Errorf("api: the OpenAPI document: %w", err)
	}
	a.document = text
	return nil
}

// nullable says in the document what huma leaves out: a pointer to a struct is null
// when there is nothing, unless it is left out then.
func (a *API) nullable() {
	registry := a.huma.OpenAPI().Components.Schemas
	for name, s := range registry.Map() {
		t := registry.TypeFromRef(schemaPrefix + name)
		if t == nil || t.Kind() != reflect.Struct {
			continue
		}
		for _, f := range reflect.VisibleFields(t) {
			key, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
			p := s.Properties[key]
			if p == nil || p.Ref == "" || f.Type.Kind() != reflect.Pointer || strings.Contains(opts, "omit") {
				continue
			}
			s.Properties[key] = &huma.Schema{AnyOf: []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}, Description: p.Description}
		}
	}
}

// refusals describes what every route may answer.
func refusals() *huma.Response {
	return &huma.Response{Description: "A refusal; doc/errors.md lists the codes",
		Content: map[string]*huma.MediaType{problemType: {Schema: &huma.Schema{Ref: schemaPrefix + "Problem"}}}}
}

// documented describes an answer that is sent as bytes made elsewhere.
func documented[T any](a *API, op *huma.Operation) {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
	op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	op.Responses["304"] = &huma.Response{Description: "The client has this version, as If-None-Match says"}
}

// picture describes an answer that is an image.
func picture(kind string) func(*API, *huma.Operation) {
	return func(_ *API, op *huma.Operation) {
		op.Responses["200"] = &huma.Response{Description: "OK", Content: map[string]*huma.MediaType{
			kind: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	}
}

// orRepeated says that issuing answers 201, or 200 for an id it has seen.
func orRepeated(_ *API, op *huma.Operation) {
	op.DefaultStatus = http.StatusCreated
	op.Responses["200"] = &huma.Response{Description: "The id was issued before: the same ticket", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Ref: schemaPrefix + "Ticket"}}}}
}

// orNobody says that there may be nobody to call.
func orNobody(_ *API, op *huma.Operation) {
	op.Responses["204"] = &huma.Response{Description: "Nobody waits"}
}

// made says that a thing is made: 201.
func made(_ *API, op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// orWaiting says that there may be nothing yet.
func orWaiting(_ *API, op *huma.Operation) {
	op.Responses["202"] = &huma.Response{Description: "Nobody has approved the code yet"}
}

// Paths lists the routes as "METHOD path", in order.
func (a *API) Paths() []string {
	var out []string
	for path, methods := range a.allow {
		for _, m := range methods {
			if m != http.MethodHead {
				out = append(out, m+" "+path)
			}
		}
	}
	slices.Sort(out)
	return out
}
