package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
)

type openAPI struct {
	OpenAPI string `json:"openapi"`
	Info    struct{ Title, Version string }
	Paths   map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Summary     string
		Tags        []string
		Parameters  []struct {
			Name, In string
			Required bool
			Schema   json.RawMessage
		}
		RequestBody *struct {
			Content map[string]struct{ Schema json.RawMessage }
		} `json:"requestBody"`
		Responses map[string]struct {
			Description string
			Content     map[string]struct{ Schema json.RawMessage }
		}
		Security []map[string][]string
	}
	Components struct {
		Schemas         map[string]json.RawMessage
		SecuritySchemes map[string]json.RawMessage `json:"securitySchemes"`
	}
}

func document(t testing.TB, w *world) (openAPI, []byte) {
	t.Helper()
	out := w.ask("", "GET", "/openapi.json", "")
	if out.Code != http.StatusOK {
		t.Fatalf("status %d", out.Code)
	}
	var doc openAPI
	must(t, json.Unmarshal(out.Body.Bytes(), &doc))
	return doc, out.Body.Bytes()
}

func TestTheOpenAPIDocumentListsEveryRouteAndHolds(t *testing.T) {
	w := newWorld(t)
	doc, text := document(t, w)
	if !strings.HasPrefix(doc.OpenAPI, "3.1") || doc.Info.Title == "" || doc.Info.Version == "" {
		t.Errorf("head: %q %+v", doc.OpenAPI, doc.Info)
	}
	var listed []string
	ids := map[string]string{}
	for path, item := range doc.Paths {
		for method, op := range item {
			name := strings.ToUpper(method) + " " + path
			listed = append(listed, name)
			if other, twice := ids[op.OperationID]; twice || op.OperationID == "" {
				t.Errorf("%s has the operation id %q of %s", name, op.OperationID, other)
			}
			ids[op.OperationID] = name
			if op.Summary == "" || len(op.Tags) == 0 || len(op.Responses) < 2 {
				t.Errorf("%s lacks a summary, a tag or answers", name)
			}
			for part := range strings.SplitSeq(path, "/") {
				if !strings.HasPrefix(part, "{") {
					continue
				}
				ok := false
				for _, p := range op.Parameters {
					ok = ok || p.In == "path" && p.Required && "{"+p.Name+"}" == part
				}
				if !ok {
					t.Errorf("%s does not describe its parameter %s", name, part)
				}
			}
			for status, r := range op.Responses {
				if r.Description == "" {
					t.Errorf("%s: answer %s has no description", name, status)
				}
			}
			if _, ok := op.Responses["default"].Content[problemType]; !ok {
				t.Errorf("%s does not describe its refusals", name)
			}
			for _, s := range op.Security {
				for scheme := range s {
					if _, ok := doc.Components.SecuritySchemes[scheme]; !ok {
						t.Errorf("%s names the unknown security scheme %s", name, scheme)
					}
				}
			}
		}
	}
	slices.Sort(listed)
	if want := w.api.Paths(); !slices.Equal(listed, want) {
		t.Errorf("the document lists\n%s\nand the API has\n%s", strings.Join(listed, "\n"), strings.Join(want, "\n"))
	}
	for _, part := range strings.Split(string(text), `"$ref":"`)[1:] {
		ref, _, _ := strings.Cut(part, `"`)
		if _, ok := doc.Components.Schemas[strings.TrimPrefix(ref, schemaPrefix)]; !ok {
			t.Errorf("a reference to %s leads nowhere", ref)
		}
	}
}

// conforms checks an answer against the schema that the document has for it.
func (w *world) conforms(doc openAPI, st step, out *httptest.ResponseRecorder) {
	w.t.Helper()
	if out.Body.Len() == 0 {
		return
	}
	schema := schemaOf(w.t, doc, st, out.Code, out.Header().Get("Content-Type"))
	if schema == nil {
		return
	}
	var body any
	must(w.t, json.Unmarshal(out.Body.Bytes(), &body))
	var res huma.ValidateResult
	huma.Validate(w.api.huma.OpenAPI().Components.Schemas, schema, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, body, &res)
	for _, err := range res.Errors {
		w.t.Errorf("%s %s answers %d, not as the OpenAPI document says: %v", st.method, st.path, out.Code, err)
	}
}

// schemaOf finds what the document says of an answer.
func schemaOf(t testing.TB, doc openAPI, st step, status int, kind string) *huma.Schema {
	t.Helper()
	path, _, _ := strings.Cut(st.path, "?")
	if status == http.StatusNotFound && path == "/api/v1/nothing" || status == http.StatusMethodNotAllowed {
		return problemSchema()
	}
	for pattern, item := range doc.Paths {
		if !matches(pattern, path) {
			continue
		}
		op, ok := item[strings.ToLower(st.method)]
		if !ok {
			continue
		}
		r, ok := op.Responses[strconv.Itoa(status)]
		if !ok {
			r = op.Responses["default"]
		}
		c, ok := r.Content[kind]
		if !ok {
			t.Errorf("%s %s answers %d %s, which the document does not know", st.method, st.path, status, kind)
			return nil
		}
		var s huma.Schema
		must(t, json.Unmarshal(c.Schema, &s))
		s.PrecomputeMessages()
		return &s
	}
	t.Errorf("%s is not in the document", path)
	return nil
}

func matches(pattern, path string) bool {
	a, b := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !strings.HasPrefix(a[i], "{") {
			return false
		}
	}
	return true
}
