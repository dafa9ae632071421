package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"moiso/internal/auth"
	"moiso/internal/engine"
	"moiso/internal/queue"
	"moiso/internal/view"
)

const requiredKey = "required" // in an operation's metadata: the fields its body must have

// route is a line of the table in routes.go.
type route struct {
	method  string
	path    string
	who     access
	summary string
	streams bool // its body is read as it comes; its own function bounds it
	mount   func(a *API, r route)
}

// access says who may use a route: an action of the policy in auth, or one of the
// words below. The centre is the one in the path, or the ticket's.
type access string

const (
	anyone access = ""              // also who is not signed in
	holder access = "ticket-holder" // whoever has the ticket's id, which is a capability
)

// anywhere is access for whoever may do an action in some centre; the function asks
// need for the centre that the request names.
func anywhere(a auth.Action) access { return access(a) + inSome }

const inSome = "@some-center"

// action is the action of the policy, for an access that is none of the words.
func (w access) action() auth.Action { return auth.Action(strings.TrimSuffix(string(w), inSome)) }

func (w access) open() bool { return w == anyone || w == holder }

// may is access for an action of the policy.
func may(a auth.Action) access { return access(a) }

// handle makes a route whose types say what it takes and gives.
func handle[I, O any](method, path string, who access, h func(*API, *request, *I) (*O, error), summary string, change ...func(*API, *huma.Operation)) route {
	return route{method, path, who, summary, false, func(a *API, r route) {
		op := a.operation(r)
		for _, f := range change {
			f(a, &op)
		}
		op.Metadata = map[string]any{requiredKey: requiredFields(reflect.TypeFor[I]())}
		huma.Register(a.huma, op, func(ctx context.Context, in *I) (*O, error) {
			rq := requestOf(ctx)
			out, err := h(a, rq, in)
			if err != nil {
				return nil, a.refuse(rq, err)
			}
			return out, nil
		})
	}}
}

func get[I, O any](path string, who access, h func(*API, *request, *I) (*O, error), summary string, change ...func(*API, *huma.Operation)) route {
	return handle(http.MethodGet, path, who, h, summary, change...)
}

func post[I, O any](path string, who access, h func(*API, *request, *I) (*O, error), summary string, change ...func(*API, *huma.Operation)) route {
	return handle(http.MethodPost, path, who, h, summary, change...)
}

// operation is what the OpenAPI document and huma know of a route.
func (a *API) operation(r route) huma.Operation {
	op := huma.Operation{
		Method: r.method, Path: r.path, Summary: r.summary, OperationID: operationID(r),
		MaxBodyBytes:    maxBody + 1, // huma refuses at the limit, we above it
		BodyReadTimeout: 10 * time.Second,
		Tags:            []string{tag(r.path)},
		Middlewares:     huma.Middlewares{a.guard(r)},
		Responses:       map[string]*huma.Response{},
	}
	op.Responses["default"] = refusals()
	switch {
	case r.who == anyone:
		op.Description = "For anyone."
	case r.who == holder:
		op.Description = "For whoever has the ticket's id."
	default:
		op.Description = "For the roles " + roleNames(r.who.action()) + "."
		op.Security = []map[string][]string{{"bearer": {}}, {"session": {}}}
	}
	return op
}

// operationID makes "post-counters-call-next" of a route.
func operationID(r route) string {
	id := strings.ToLower(r.method)
	for part := range strings.SplitSeq(strings.TrimPrefix(r.path, "/api/v1/"), "/") {
		switch part {
		case "{c}":
			part = "of-center"
		case "{n}", "{id}", "{d}", "{p}", "{hash}":
			part = "one"
		}
		id += "-" + strings.ReplaceAll(part, ".", "-")
	}
	return id
}

func tag(path string) string {
	parts := strings.Split(strings.TrimPrefix(path, "/api/v1/"), "/")
	if len(parts) >= 3 && parts[1] == "{c}" && (parts[2] == "counters" || parts[2] == "tickets" || parts[2] == "appointments" || parts[2] == "prints") {
		return parts[2]
	}
	return parts[0]
}

func roleNames(a auth.Action) string {
	var names []string
	for _, r := range a.Roles() {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// requiredFields lists the fields that the Body of an input must have.
func requiredFields(in reflect.Type) []string {
	var out []string
	body, ok := in.FieldByName("Body")
	if !ok {
		return nil
	}
	t := body.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for f := range t.Fields() {
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.IsExported() && name != "-" && !strings.Contains(opts, "omit") {
			out = append(out, name)
		}
	}
	return out
}

// guard refuses who may not use a route, before the body is read.
func (a *API) guard(r route) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		req, w := humago.Unwrap(ctx)
		rq := requestOf(ctx.Context())
		rq.route, rq.who = r.path, auth.From(ctx.Context())
		rq.ctx = ctx.Context()
		err := a.admit(rq, r.who, req)
		if err == nil && !r.streams && req.ContentLength > maxBody {
			err = refusal(codeTooLarge, "the body has more than %d bytes", maxBody)
		}
		if err != nil {
			a.refuse(rq, err).write(w)
			return
		}
		next(ctx)
	}
}

// admit says whether whoever asks may use a route.
func (a *API) admit(rq *request, who access, req *http.Request) error {
	rq.center = queue.CenterID(req.PathValue("c"))
	if who.open() {
		return nil
	}
	action := who.action()
	if strings.HasSuffix(string(who), inSome) {
		if rq.who.MayAnywhere(action) {
			return nil
		}
		return a.need(rq, action, "")
	}
	if id := req.PathValue("d"); id != "" && rq.who.MayAnywhere(action) {
		var err error
		if rq.center, err = a.deviceCenter(id); err != nil {
			return err
		}
	}
	if id := req.PathValue("id"); id != "" && rq.who.MayAnywhere(action) {
		t, err := ticketID(id)
		if err != nil {
			return err
		}
		if rq.center, err = a.engine.CenterOf(rq.ctx, t); err != nil {
			return err
		}
	}
	return a.need(rq, action, rq.center)
}

// need is auth's guard with the roles as a member of the problem. Somebody signed in
// who asks for a centre that does not exist is told so: the list is public.
func (a *API) need(rq *request, action auth.Action, center queue.CenterID) error {
	_, err := auth.Need(rq.ctx, action, center)
	var q *queue.Error
	if !errors.Is(err, auth.ErrForbidden) || !errors.As(err, &q) {
		return err
	}
	if center != "" {
		err := a.engine.View(rq.ctx, center, func(*queue.State, view.Stamp) error { return nil })
		if errors.Is(err, engine.ErrUnknownCenter) {
			return err
		}
	}
	return q.With("roles", action.Roles())
}

// refuse makes the answer of an error and keeps it for the log.
func (a *API) refuse(rq *request, err error) *Problem {
	p := problemOf(err)
	if p.Status >= 500 && p.cause != nil && p.Code == codeInternal {
		p.with("request", rq.id)
	}
	rq.problem = p
	return p
}

// plain is a handler outside of huma: same errors, same log.
func (a *API) plain(path string, h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		rq := requestOf(r.Context())
		rq.route, rq.who, rq.ctx = path, auth.From(r.Context()), r.Context()
		if err := h(w, r); err != nil {
			a.refuse(rq, err).write(w)
		}
	}
}

// refuseOthers answers a known path with an unknown method.
func (a *API) refuseOthers(inner, outer *http.ServeMux, path string) {
	mux := inner
	if !strings.HasPrefix(path, "/api/") && path != socketPath {
		mux = outer
	}
	methods := slices.Sorted(slices.Values(a.allow[path]))
	mux.HandleFunc(path, a.plain(path, func(_ http.ResponseWriter, r *http.Request) error {
		allow := strings.Join(methods, ", ")
		return refusal(codeMethod, "this address takes %s, not %s", allow, r.Method).header("Allow", allow)
	}))
}

// strict is the one format of bodies: JSON as it should be.
var strict = huma.Format{
	Marshal: func(w io.Writer, v any) error {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return enc.Encode(v)
	},
	Unmarshal: func(data []byte, v any) error {
		if !utf8.Valid(data) {
			return errors.New("it is not valid UTF-8")
		}
		err := json.Unmarshal(data, v)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte{'\n'})
			return fmt.Errorf("%w (line %d, byte %d)", err, line, syntax.Offset)
		}
		return err
	},
}
