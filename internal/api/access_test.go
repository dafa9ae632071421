package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"moiso/internal/auth"
)

// roles that ask in the tests of authorisation; "" is nobody.
var everyone = []string{"", "kiosk", "display", "printer", "volunteer", "agent", "clerk", "manager", "admin"}

// allowed is who may use each route, written by hand from the design and not from
// the table: the two must agree.
var allowed = map[string]string{
	"POST /api/v1/login":         "all",
	"POST /api/v1/session":       "all",
	"GET /api/v1/session":        "volunteer agent clerk manager admin", // there must be somebody to tell of
	"DELETE /api/v1/session":     "all",
	"GET /api/v1/device":         "kiosk display printer",
	"POST /api/v1/setup":         "all",
	"POST /api/v1/clock/confirm": "admin",

	"GET /api/v1/centers":                      "all",
	"GET /api/v1/centers/{c}":                  "all",
	"GET /api/v1/centers/{c}/board":            "all",
	"GET /api/v1/centers/{c}/calls":            "all",
	"GET /api/v1/centers/{c}/tickets":          "volunteer agent clerk manager admin",
	"POST /api/v1/centers/{c}/tickets":         "kiosk volunteer agent clerk manager admin",
	"POST /api/v1/centers/{c}/issuing/pause":   "manager admin",
	"POST /api/v1/centers/{c}/merge":           "kiosk",
	"GET /api/v1/centers/{c}/lanes":            "manager admin",
	"POST /api/v1/centers/{c}/lanes/give":      "manager admin",
	"POST /api/v1/centers/{c}/lanes/withdraw":  "manager admin",
	"POST /api/v1/centers/{c}/lanes/write-off": "manager admin",
	"POST /api/v1/centers/{c}/issuing/resume":  "manager admin",
	"POST /api/v1/centers/{c}/end-day":         "manager admin",
	"POST /api/v1/centers/{c}/speaker":         "display volunteer agent clerk manager admin",
	"GET /api/v1/voice/announcement":           "all",

	"GET /api/v1/centers/{c}/prints":          "volunteer agent clerk manager admin",
	"GET /api/v1/centers/{c}/prints/{p}":      "kiosk printer",
	"POST /api/v1/centers/{c}/prints/{p}/end": "kiosk printer",
	"POST /api/v1/tickets/{id}/print":         "volunteer agent clerk manager admin",

	"GET /api/v1/centers/{c}/kiosk-settings":    "manager admin",
	"POST /api/v1/centers/{c}/kiosk-settings":   "manager admin",
	"GET /api/v1/centers/{c}/display-settings":  "manager admin",
	"POST /api/v1/centers/{c}/display-settings": "manager admin",

	"GET /api/v1/centers/{c}/media":           "manager admin",
	"POST /api/v1/centers/{c}/media":          "manager admin",
	"DELETE /api/v1/centers/{c}/media/{hash}": "manager admin",
	"GET /api/v1/city/messages":               "admin",
	"POST /api/v1/city/messages":              "admin",

	"GET /api/v1/centers/{c}/appointments":       "volunteer agent clerk manager admin",
	"GET /api/v1/centers/{c}/appointments/hours": "volunteer agent clerk manager admin",
	"GET /api/v1/centers/{c}/appointments/today": "kiosk volunteer agent clerk manager admin",
	"POST /api/v1/centers/{c}/appointments":      "volunteer agent clerk manager admin",
	"GET /api/v1/appointments/{id}":              "all",
	"POST /api/v1/appointments/{id}/cancel":      "all",
	"POST /api/v1/appointments/{id}/check-in":    "all",

	"GET /api/v1/tickets/{id}":                 "all",
	"GET /api/v1/tickets/{id}/qr.png":          "all",
	"GET /api/v1/tickets/{id}/qr.svg":          "all",
	"GET /api/v1/tickets/{id}/ticket.png":      "all",
	"POST /api/v1/tickets/{id}/cancel":         "all",
	"POST /api/v1/tickets/{id}/restore":        "all",
	"POST /api/v1/tickets/{id}/return":         "all",
	"POST /api/v1/tickets/{id}/change-service": "volunteer agent clerk manager admin",
	"POST /api/v1/tickets/{id}/set-priority":   "volunteer agent clerk manager admin",
	"GET /api/v1/tickets/{id}/note":            "clerk manager admin",
	"POST /api/v1/tickets/{id}/note":           "clerk manager admin",

	"POST /api/v1/pairing":            "all",
	"POST /api/v1/pairing/poll":       "all",
	"GET /api/v1/devices":             "manager admin",
	"POST /api/v1/devices/approve":    "manager admin",
	"POST /api/v1/devices/{d}/rename": "manager admin",
	"POST /api/v1/devices/{d}/revoke": "manager admin",

	"GET /healthz": "all", "GET /readyz": "all", "GET /openapi.json": "all",
	"GET /metrics": "", // by address or token, see TestMetricsAreForLoopbackAndTheTokenOnly
	"GET /ws/v1":   "", // by view, see TestEachViewIsForItsRoles
}

func init() {
	for _, v := range []string{"open", "pause", "close", "call-next", "call", "recall", "start", "finish", "no-show", "park", "reference", "transfer", "put-back", "reopen"} {
		allowed["POST /api/v1/centers/{c}/counters/{n}/"+v] = "clerk manager admin"
	}
}

// TestEachRouteIsForItsRoles asks every route as everyone. What is asked for need
// not succeed; only whether it is refused for the asker's sake is looked at.
func TestEachRouteIsForItsRoles(t *testing.T) {
	w := newWorld(t)
	paths := w.api.Paths()
	for _, p := range paths {
		if _, ok := allowed[p]; !ok {
			t.Errorf("%s is not in the table of this test", p)
		}
	}
	for route := range allowed {
		if !slices.Contains(paths, route) {
			t.Errorf("%s is in the table of this test and not in the API", route)
		}
	}
	id := w.issue("chung-thuc")
	device := w.device("printer")
	delete(w.tokens, "printer") // it will be revoked below
	for _, p := range paths {
		roles := allowed[p]
		method, path, _ := strings.Cut(p, " ")
		path = strings.NewReplacer("{c}", "thuan-hoa", "{n}", "1", "{id}", id, "{d}", device).Replace(path)
		if path == "/metrics" || path == socketPath {
			continue
		}
		for _, role := range everyone {
			body := ""
			if method == "POST" {
				body = "{}"
			}
			may := roles == "all" || role != "" && slices.Contains(strings.Fields(roles), role)
			out := w.ask(role, method, path, body)
			var code string
			for _, c := range []string{codeNotSignedIn, codeForbidden} {
				if strings.Contains(out.Body.String(), `"code":"`+c+`"`) {
					code = c
				}
			}
			want := ""
			switch {
			case p == "GET /api/v1/session" && !may:
				want = codeNotSignedIn
			case p == "POST /api/v1/setup": // refused for the token's sake, to everyone
			case !may && role == "":
				want = codeNotSignedIn
			case !may:
				want = codeForbidden
			}
			if p == "POST /api/v1/setup" {
				code = ""
			}
			if code != want {
				t.Errorf("%s as %q: answered %d with code %q, want %q", p, role, out.Code, code, want)
			}
		}
	}
}

func TestARoleReachesToItsOwnCentreOnly(t *testing.T) {
	w := newWorld(t)
	id := w.issue("chung-thuc")
	for _, c := range []struct{ role, method, path, body string }{
		{"clerk@phu-xuan", "POST", here + "/counters/1/open", "{}"},
		{"manager@phu-xuan", "POST", here + "/end-day", "{}"},
		{"kiosk@phu-xuan", "POST", here + "/tickets", `{"service":"chung-thuc"}`},
		{"volunteer@phu-xuan", "GET", here + "/tickets", ""},
		{"volunteer@phu-xuan", "POST", "/api/v1/tickets/" + id + "/change-service", `{"service":"ho-tich"}`},
	} {
		doc := w.refused(codeForbidden, c.role, c.method, c.path, c.body)
		if !strings.Contains(doc["detail"].(string), "thuan-hoa") || len(doc["roles"].([]any)) == 0 {
			t.Errorf("%s %s: the refusal does not say where and for whom: %v", c.method, c.path, doc)
		}
	}
	w.refused("unknown_center", "clerk", "POST", "/api/v1/centers/thuan-hao/counters/1/open", "{}")
	w.want(http.StatusOK, "admin", "POST", here+"/counters/1/open", "{}")
}

func TestATokenThatIsNotGoodIsRefusedEverywhere(t *testing.T) {
	w := newWorld(t)
	doc := w.refused(codeNotSignedIn, "", "GET", "/api/v1/centers", "", "Authorization", "Bearer ms_nobody")
	if !strings.Contains(doc["detail"].(string), "token") {
		t.Errorf("the refusal does not speak of the token: %v", doc)
	}
}

func TestTheSourceIsBelievedOnlyFromWhoMaySayIt(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ role, says, source string }{
		{"kiosk", "", "kiosk"}, {"kiosk", "desk", "kiosk"},
		{"clerk", "", "desk"}, {"clerk", "kiosk", "desk"},
		{"agent", "", "agent"}, {"agent", "desk", "desk"},
		{"volunteer", "agent", "agent"},
		{"manager", "phone", "phone"}, {"admin", "kiosk", "kiosk"},
	} {
		body := `{"service":"chung-thuc"}`
		if c.says != "" {
			body = `{"service":"chung-thuc","source":"` + c.says + `"}`
		}
		if got := w.want(http.StatusCreated, c.role, "POST", here+"/tickets", body)["source"]; got != c.source {
			t.Errorf("%s says %q: source %v, want %s", c.role, c.says, got, c.source)
		}
	}
}

func TestTheTableNamesOnlyActionsOfThePolicy(t *testing.T) {
	for _, r := range routes() {
		if !r.who.open() && !slices.Contains(auth.Actions(), r.who.action()) {
			t.Errorf("%s %s is for %q, which is no action", r.method, r.path, r.who)
		}
	}
}
