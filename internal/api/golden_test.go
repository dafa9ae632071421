package api

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files and doc/errors.md")

// wire is one golden file: requests in order, each with its answer.
type wire struct {
	name  string
	steps []step
}

type step struct {
	role, method, path, body string
	header                   []string
}

const here = "/api/v1/centers/thuan-hoa"

// Ids that the tests issue, so that the golden files are the same each time.
const (
	idA = "0123456789ABCDEF"
	idB = "BBBBBBBBBBBBBBBB"
)

func s(role, method, path, body string, header ...string) step {
	return step{role, method, path, body, header}
}

func issued(id, service string) step {
	return s("kiosk", "POST", here+"/tickets", `{"service":"`+service+`","id":"`+id+`"}`)
}

func booked(id, hour string) step {
	return s("volunteer", "POST", here+"/appointments", `{"service":"chung-thuc","at":"2025-07-14T`+hour+`:20+07:00","id":"`+id+`","reference":"H57.01-250714-0001"}`)
}

var (
	opened = s("clerk", "POST", here+"/counters/1/open", `{}`)
	called = s("clerk", "POST", here+"/counters/1/call-next", `{}`)
)

func lane(verb, body string) step { return s("manager", "POST", here+"/lanes/"+verb, body) }
func merged(body string) step     { return s("kiosk", "POST", here+"/merge", body) }

func at(verb, body string) step { return s("clerk", "POST", here+"/counters/1/"+verb, body) }

// wires has a file a verb. What is needed to come to the verb is in it too, so a
// file reads as a story.
var wires = []wire{
	{"issue", []step{
		s("kiosk", "POST", here+"/tickets", `{"service":"chung-thuc","id":"`+idA+`","language":"en"}`),
		s("kiosk", "POST", here+"/tickets", `{"service":"chung-thuc","id":"`+strings.ToLower(idA)+`","language":"en"}`),
		s("volunteer", "POST", here+"/tickets", `{"service":"ho-tich","priority":"elderly","reference":"H57.01-250714-0001","source":"desk","id":"`+idB+`"}`),
		s("kiosk", "POST", here+"/tickets", `{"service":"dat-dai"}`),
		s("kiosk", "POST", here+"/tickets", `{"service":"ho-tich","priority":"vip"}`),
		s("", "POST", here+"/tickets", `{"service":"ho-tich"}`),
	}},
	{"ticket", []step{issued(idA, "chung-thuc"), issued(idB, "chung-thuc"), s("", "GET", "/api/v1/tickets/"+strings.ToLower(idB), ""),
		s("", "GET", "/api/v1/tickets/ZZZZZZZZZZZZZZZZ", ""), s("", "GET", "/api/v1/tickets/A001", "")}},
	{"appoint", []step{booked(idA, "10:30"), booked(idA, "11:00"),
		s("volunteer", "POST", here+"/appointments", `{"service":"ho-tich","at":"2025-07-15T08:00:00+07:00","id":"`+idB+`","priority":"elderly","language":"en"}`),
		s("agent", "POST", here+"/appointments", `{"service":"ho-tich","at":"2025-07-14T09:00:00+07:00"}`),
		s("agent", "POST", here+"/appointments", `{"service":"ho-tich","at":"2025-07-14T19:00:00+07:00"}`),
		s("agent", "POST", here+"/appointments", `{"service":"ho-tich","at":"2026-07-14T09:00:00+07:00"}`),
		s("agent", "POST", here+"/appointments", `{"service":"dat-dai","at":"2025-07-14T11:00:00+07:00"}`),
		s("kiosk", "POST", here+"/appointments", `{"service":"ho-tich","at":"2025-07-14T11:00:00+07:00"}`),
		s("volunteer", "GET", here+"/appointments", ""), s("volunteer", "GET", here+"/appointments?day=2025-07-15", ""), s("volunteer", "GET", here+"/appointments?day=x", ""),
		s("volunteer", "GET", here+"/appointments/hours?service=ho-tich&day=2025-07-14", ""), s("volunteer", "GET", here+"/appointments/hours?service=x", ""),
		s("kiosk", "GET", here+"/appointments/today?reference=h57.01-250714-0001", ""), s("kiosk", "GET", here+"/appointments/today?reference=H57", ""),
		s("", "GET", "/api/v1/tickets/"+idA, ""), s("", "GET", "/api/v1/appointments/"+idA, ""), s("", "GET", "/api/v1/appointments/ZZZZZZZZZZZZZZZZ", "")}},
	{"cancel-appointment", []step{booked(idA, "10:30"), s("", "POST", "/api/v1/appointments/"+idA+"/cancel", `{}`), s("volunteer", "POST", "/api/v1/appointments/"+idA+"/cancel", ``),
		s("kiosk", "POST", "/api/v1/appointments/"+idA+"/check-in", `{}`), s("", "POST", "/api/v1/appointments/"+idB+"/cancel", `{}`)}},
	{"check-in", []step{booked(idA, "10:30"), booked(idB, "11:30"),
		s("kiosk", "POST", "/api/v1/appointments/"+strings.ToLower(idA)+"/check-in", `{"language":"en"}`), s("", "POST", "/api/v1/appointments/"+idA+"/check-in", ``),
		s("", "GET", "/api/v1/appointments/"+idA, ""), s("", "GET", "/api/v1/tickets/"+idA, ""), s("volunteer", "POST", "/api/v1/appointments/"+idA+"/cancel", ``),
		s("kiosk", "POST", "/api/v1/appointments/"+idB+"/check-in", `{}`), s("kiosk", "POST", here+"/tickets", `{"service":"chung-thuc","id":"`+idB+`"}`),
		s("volunteer", "POST", here+"/appointments", `{"service":"ho-tich","at":"2025-07-15T08:00:00+07:00","id":"CCCCCCCCCCCCCCCC"}`),
		s("kiosk", "POST", "/api/v1/appointments/CCCCCCCCCCCCCCCC/check-in", `{}`), s("kiosk", "POST", "/api/v1/appointments/DDDDDDDDDDDDDDDD/check-in", `{}`),
		opened, at("call", `{"ticket":"`+idB+`"}`)}},
	{"centers", []step{issued(idA, "chung-thuc"), s("", "GET", "/api/v1/centers", "")}},
	{"center", []step{s("", "GET", here, ""), s("", "GET", "/api/v1/centers/thuan-hua", "")}},
	{"board", []step{issued(idA, "chung-thuc"), opened, called, s("", "GET", here+"/board", "")}},
	{"calls", []step{issued(idA, "chung-thuc"), issued(idB, "chung-thuc"), opened, called, at("recall", `{}`), at("finish", `{}`), called, at("put-back", `{}`),
		s("", "GET", here+"/calls", ""), s("", "GET", here+"/calls?after=2", ""), s("", "GET", here+"/calls?after=x", "")}},
	{"search", []step{issued(idA, "chung-thuc"), issued(idB, "ho-tich"),
		s("volunteer", "GET", here+"/tickets", ""), s("volunteer", "GET", here+"/tickets?number=h0&state=waiting&from=09:59&to=10:00", ""),
		s("volunteer", "GET", here+"/tickets?service=dat-dai", ""), s("volunteer", "GET", here+"/tickets?from=noon", ""),
		s("volunteer", "GET", here+"/tickets?limit=0", ""), s("display", "GET", here+"/tickets", "")}},
	{"open", []step{opened, opened, s("clerk", "POST", here+"/counters/7/open", `{}`), s("volunteer", "POST", here+"/counters/1/open", `{}`)}},
	{"pause", []step{at("pause", `{}`), opened, at("pause", `{}`)}},
	{"close", []step{issued(idA, "chung-thuc"), opened, called, at("close", `{}`), at("finish", `{}`), at("close", `{}`)}},
	{"call-next", []step{called, opened, called, issued(idA, "chung-thuc"), issued(idB, "chung-thuc"), called, called, at("call-next", `{"finish":true}`), at("call-next", `{"finish":true}`)}},
	{"call", []step{issued(idA, "chung-thuc"), issued(idB, "chung-thuc"), opened, at("call", `{}`), at("call", `{"ticket":"A002"}`),
		s("manager", "POST", here+"/counters/1/call", `{"ticket":"A002"}`),
		s("manager", "POST", here+"/counters/1/call", `{"ticket":"`+strings.ToLower(idB)+`","reason":"đi xe lăn"}`),
		at("call", `{"ticket":"A009"}`)}},
	{"recall", []step{opened, at("recall", `{}`), issued(idA, "chung-thuc"), called, at("recall", `{"ticket":"a001"}`), at("start", `{}`), at("recall", `{}`)}},
	{"start", []step{issued(idA, "chung-thuc"), opened, called, at("start", `{"ticket":"A001"}`), at("start", ``)}},
	{"finish", []step{issued(idA, "chung-thuc"), opened, called, at("finish", `{}`), at("finish", `{}`)}},
	{"no-show", []step{issued(idA, "chung-thuc"), opened, called, at("no-show", `{}`)}},
	{"return", []step{issued(idA, "chung-thuc"), s("", "POST", "/api/v1/tickets/"+idA+"/return", `{}`), opened, called, at("no-show", `{}`), s("", "POST", "/api/v1/tickets/"+idA+"/return", `{}`)}},
	{"park", []step{issued(idA, "chung-thuc"), opened, called, at("park", `{"reason":"lấy bản sao"}`), at("call", `{"ticket":"A001"}`)}},
	{"reference", []step{issued(idA, "chung-thuc"), opened, called, at("reference", `{"reference":"H57.12-250714-0042"}`), at("reference", `{}`)}},
	{"note", []step{issued(idA, "chung-thuc"), s("clerk", "GET", "/api/v1/tickets/"+idA+"/note", ""), s("clerk", "POST", "/api/v1/tickets/"+idA+"/note", `{"note":" hẹn trả chiều "}`),
		s("clerk", "GET", "/api/v1/tickets/"+idA+"/note", ""), s("clerk", "POST", "/api/v1/tickets/"+idA+"/note", `{"note":"`+strings.Repeat("x", 401)+`"}`),
		s("clerk", "POST", "/api/v1/tickets/"+idA+"/note", `{"note":""}`), s("", "GET", "/api/v1/tickets/"+idA+"/note", ""), s("clerk", "GET", "/api/v1/tickets/"+idB+"/note", "")}},
	{"transfer", []step{issued(idA, "chung-thuc"), opened, called, at("transfer", `{}`), at("transfer", `{"counter":2,"reason":"thiếu dấu"}`), issued(idB, "ho-tich"), called,
		at("transfer", `{"service":"chung-thuc","second":true}`)}},
	{"put-back", []step{issued(idA, "chung-thuc"), opened, called, at("put-back", `{}`)}},
	{"reopen", []step{opened, at("reopen", `{}`), issued(idA, "chung-thuc"), called, at("finish", `{}`), at("reopen", `{}`)}},
	{"cancel", []step{issued(idA, "chung-thuc"), s("", "POST", "/api/v1/tickets/"+idA+"/cancel", `{"reason":"bận việc"}`), s("", "POST", "/api/v1/tickets/"+idA+"/cancel", ``)}},
	{"restore", []step{issued(idA, "chung-thuc"), s("", "POST", "/api/v1/tickets/"+idA+"/restore", ``), s("", "POST", "/api/v1/tickets/"+idA+"/cancel", ``), s("", "POST", "/api/v1/tickets/"+idA+"/restore", `{}`)}},
	{"change-service", []step{issued(idA, "chung-thuc"), s("", "POST", "/api/v1/tickets/"+idA+"/change-service", `{"service":"ho-tich"}`),
		s("volunteer", "POST", "/api/v1/tickets/"+idA+"/change-service", `{"service":"ho-tich"}`), s("volunteer", "POST", "/api/v1/tickets/"+idA+"/change-service", `{}`)}},
	{"set-priority", []step{issued(idA, "chung-thuc"), s("volunteer", "POST", "/api/v1/tickets/"+idA+"/set-priority", `{"priority":"elderly"}`),
		s("volunteer", "POST", "/api/v1/tickets/"+idA+"/set-priority", `{"priority":""}`), s("volunteer@phu-xuan", "POST", "/api/v1/tickets/"+idA+"/set-priority", `{"priority":"elderly"}`)}},
	{"print", []step{issued(idA, "chung-thuc"), s("volunteer", "POST", "/api/v1/tickets/"+idA+"/print", `{}`),
		s("volunteer", "POST", "/api/v1/tickets/"+idA+"/print", `{"device":"d_nobody"}`), s("volunteer", "POST", "/api/v1/tickets/"+idB+"/print", `{}`), s("kiosk", "POST", "/api/v1/tickets/"+idA+"/print", `{}`),
		s("volunteer", "GET", here+"/prints", ""), s("printer", "GET", here+"/prints/1111111111111111", ""), s("printer", "POST", here+"/prints/1111111111111111/end", `{"state":"printed"}`)}},
	{"issuing-pause", []step{s("manager", "POST", here+"/issuing/pause", `{"service":"ho-tich","reason":"lỗi hệ thống","until":"10:30"}`), issued(idA, "ho-tich"),
		s("manager", "POST", here+"/issuing/pause", `{"reason":""}`), s("clerk", "POST", here+"/issuing/pause", `{"reason":"x"}`)}},
	{"issuing-resume", []step{s("manager", "POST", here+"/issuing/pause", `{"reason":"mất điện"}`), issued(idA, "ho-tich"), s("manager", "POST", here+"/issuing/resume", ``), issued(idA, "ho-tich")}},
	{"end-day", []step{issued(idA, "chung-thuc"), s("manager", "POST", here+"/end-day", `{}`), s("", "GET", "/api/v1/tickets/"+idA, ""), issued(idB, "chung-thuc")}},
	{"merge", []step{issued(idA, "chung-thuc"), lane("give", `{"device":"d_sanh"}`),
		merged(`{"device":"d_sanh","left":1,"tickets":[{"id":"` + idB + `","number":"AK001","service":"chung-thuc","issued_at":"2025-07-14T09:58:00+07:00","language":"en"},` +
			`{"id":"CCCCCCCCCCCCCCCC","number":"AK002","service":"no-such","issued_at":"2025-07-14T09:59:00+07:00"},{"id":"DDDDDDDDDDDDDDDD","number":"AK009","service":"chung-thuc","day":"2025-07-10","uncertain":true}]}`),
		merged(`{"device":"d_sanh","tickets":[{"id":"` + idA + `","number":"AK003","service":"chung-thuc"}]}`), s("", "GET", "/api/v1/tickets/"+idA, ""),
		merged(`{"tickets":[{"id":"short"}]}`), s("clerk", "POST", here+"/merge", `{"tickets":[]}`)}},
	{"lanes", []step{lane("give", `{"device":"d_sanh"}`), lane("give", `{"device":"d_cua","letter":"K"}`), lane("withdraw", `{"device":"d_sanh"}`), lane("write-off", `{"device":"d_sanh"}`),
		lane("give", `{"device":"d_cua","letter":"K"}`), lane("write-off", `{"device":"d_sanh"}`), s("manager", "GET", here+"/lanes", "")}},
	{"call-slip", []step{opened, lane("give", `{"device":"d_sanh"}`), at("call", `{"ticket":"`+idB+`","number":"AK007"}`), at("finish", ``),
		at("call", `{"ticket":"AM008"}`), at("call", `{"ticket":"QK008"}`), at("call", `{"ticket":"DDDDDDDDDDDDDDDD","number":"QK008","service":"ho-tich"}`),
		merged(`{"device":"d_sanh","tickets":[{"id":"` + idB + `","number":"AK007","service":"chung-thuc"}]}`)}},
	{"speaker", []step{issued(idA, "chung-thuc"), opened, called,
		s("display", "POST", here+"/speaker", `{"screen":"s_1","seq":1}`), s("display", "POST", here+"/speaker", `{"screen":"s_1","seq":2,"got":1,"call":1}`),
		s("clerk", "POST", here+"/speaker", `{"screen":"s_2","call":1}`), s("display", "POST", here+"/speaker", `{"screen":"s_1","seq":3,"got":2,"call":900}`),
		s("display", "POST", here+"/speaker", `{"screen":"s_1","seq":4,"got":3,"back":[1],"release":true}`), s("clerk", "POST", here+"/speaker", `{"screen":"s_2"}`),
		s("clerk", "POST", here+"/speaker", `{"screen":"s_2","call":1}`),
		s("display", "POST", here+"/speaker", `{}`), s("", "POST", here+"/speaker", `{"screen":"s_3"}`)}},
	{"announcement", []step{s("", "GET", "/api/v1/voice/announcement?number=A042&counter=3", ""),
		s("", "GET", "/api/v1/voice/announcement?number=AK012&counter=25&languages=vi&language=en&waiting=2&again=true", ""),
		s("", "GET", "/api/v1/voice/announcement?counter=3", "")}},
	{"kiosk-settings", []step{s("manager", "POST", here+"/kiosk-settings", `{"services":["ho-tich"],"idle_s":90,"lines":[{"vi":"Mời ngồi hàng ghế xanh"}]}`), s("manager", "GET", here+"/kiosk-settings", ""),
		s("manager", "POST", here+"/kiosk-settings", `{"services":["hộ tịch"]}`), s("manager", "POST", here+"/kiosk-settings", `{"colour":"red"}`),
		s("manager", "POST", here+"/kiosk-settings?device=d_nobody", `{"idle_s":30}`), s("clerk", "POST", here+"/kiosk-settings", `{}`), s("kiosk", "GET", here+"/kiosk-settings", "")}},
	{"display-settings", []step{s("manager", "POST", here+"/display-settings", `{"layout":"counter","counter":2,"voice":{"repeats":1,"quiet":[{"from":"12:00","to":"13:00"}]}}`), s("manager", "GET", here+"/display-settings", ""),
		s("manager", "POST", here+"/display-settings", `{"layout":"mosaic"}`), s("manager", "POST", here+"/display-settings", `{"voice":{"quiet":[{"from":"7:30","to":"08:00"}]}}`),
		s("manager", "GET", here+"/display-settings?device=d_nobody", ""), s("manager@phu-xuan", "POST", here+"/display-settings", `{}`)}},
	{"clock-confirm", []step{s("manager", "POST", "/api/v1/clock/confirm", `{}`), s("admin", "POST", "/api/v1/clock/confirm", `{}`)}},
	{"session", []step{s("", "GET", "/api/v1/session", ""), s("clerk", "GET", "/api/v1/session", ""), s("kiosk", "GET", "/api/v1/session", ""),
		s("", "POST", "/api/v1/session", `{"username":"clerk","password":"`+password+`"}`), s("", "POST", "/api/v1/session", `{"username":"clerk","password":"not this one"}`),
		s("clerk", "DELETE", "/api/v1/session", "")}},
	{"login", []step{s("", "POST", "/api/v1/login", `{"username":"nobody","password":"x"}`), s("", "POST", "/api/v1/login", `{"username":"nobody"}`)}},
	{"idempotency", []step{opened, issued(idA, "chung-thuc"), issued(idB, "chung-thuc"),
		s("clerk", "POST", here+"/counters/1/call-next", `{"finish":true}`, "Idempotency-Key", "k1"),
		s("clerk", "POST", here+"/counters/1/call-next", ` {"finish": true}`, "Idempotency-Key", "k1"),
		s("clerk", "POST", here+"/counters/1/call-next", `{}`, "Idempotency-Key", "k1"),
		s("clerk", "POST", here+"/counters/1/call-next", `{}`, "Idempotency-Key", "ù")}},
	{"refusals", []step{
		s("kiosk", "POST", here+"/tickets", `{"service":"chung-thuc","colour":"red"}`),
		s("kiosk", "POST", here+"/tickets", `{"Service":"chung-thuc"}`),
		s("kiosk", "POST", here+"/tickets", `{"service":7,"language":"fr"}`),
		s("kiosk", "POST", here+"/tickets", `{"service":"chung-thuc"} {}`),
		s("kiosk", "POST", here+"/tickets", `{"service":`),
		s("kiosk", "POST", here+"/tickets", "{\"service\":\"\xff\"}"),
		s("kiosk", "POST", here+"/tickets", ``),
		s("kiosk", "POST", here+"/tickets", `[]`),
		s("kiosk", "POST", here+"/tickets", `{"service":"chung-thuc","id":"short"}`),
		s("kiosk", "POST", here+"/tickets", `service=chung-thuc`, "Content-Type", "application/x-www-form-urlencoded"),
		s("", "GET", "/api/v1/nothing", ""), s("", "PUT", here, `{}`),
		s("clerk", "POST", here+"/counters/one/open", ``), s("clerk", "POST", "/api/v1/centers/nowhere/counters/1/open", ``),
	}},
}

// TestEachVerbSpeaksAsItsGoldenFile also checks each answer against the OpenAPI document.
func TestEachVerbSpeaksAsItsGoldenFile(t *testing.T) {
	for _, v := range wires {
		t.Run(v.name, func(t *testing.T) {
			w := newWorld(t)
			for _, st := range v.steps { // making accounts takes records of its own: before anything is shown
				if st.role != "" {
					w.token(st.role)
				}
			}
			if v.name == "session" {
				w.token("clerk")
			}
			w.clock.mu.Lock()
			w.clock.now = noon
			w.clock.mu.Unlock()
			doc, _ := document(t, w)
			var got bytes.Buffer
			for _, st := range v.steps {
				w.write(&got, doc, st)
			}
			compare(t, filepath.Join("testdata", v.name+".golden"), got.Bytes())
		})
	}
}

// write appends a request and its answer in a form for people.
func (w *world) write(b *bytes.Buffer, doc openAPI, st step) {
	out := w.ask(st.role, st.method, st.path, st.body, st.header...)
	w.conforms(doc, st, out)
	who := st.role
	if who == "" {
		who = "nobody"
	}
	fmt.Fprintf(b, ">>> %s %s as %s\n", st.method, st.path, who)
	for i := 0; i+1 < len(st.header); i += 2 {
		fmt.Fprintf(b, "%s: %s\n", st.header[i], st.header[i+1])
	}
	if st.body != "" {
		fmt.Fprintf(b, "%q\n", st.body)
	}
	fmt.Fprintf(b, "<<< %d", out.Code)
	for _, h := range []string{"Content-Type", "Allow", "Retry-After", "WWW-Authenticate"} {
		if v := out.Header().Get(h); v != "" {
			fmt.Fprintf(b, " %s=%s", h, v)
		}
	}
	if v := out.Header().Get("Set-Cookie"); v != "" {
		fmt.Fprintf(b, " Set-Cookie=%s", secret.ReplaceAllString(v, "moiso_session=…"))
	}
	b.WriteByte('\n')
	b.Write(normal(w.t, out.Body.Bytes()))
	b.WriteByte('\n')
}

var (
	secret   = regexp.MustCompile(`moiso_session=[^;]*`)
	instants = regexp.MustCompile(`"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)"`)
	account  = regexp.MustCompile(`"[ud]_[0-9a-z]{16}"`)
	version  = regexp.MustCompile(`"version": \d+`)
)

// normal indents a body and takes out what differs from run to run: fractions of
// seconds, ids of accounts, versions.
func normal(t testing.TB, body []byte) []byte {
	if len(body) == 0 || body[0] != '{' && body[0] != '[' {
		return body
	}
	var b bytes.Buffer
	must(t, json.Indent(&b, body, "", "  "))
	out := instants.ReplaceAll(bytes.TrimSpace(b.Bytes()), []byte(`"$1$3"`))
	out = version.ReplaceAll(out, []byte(`"version": 1`))
	return append(account.ReplaceAll(out, []byte(`"u_…"`)), '\n')
}

func compare(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		must(t, os.WriteFile(path, got, 0o644))
		return
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what is said now (go test -update writes it):\n%s", path, firstDifference(string(want), string(got)))
	}
}

func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, w[i], g[i])
		}
	}
	return fmt.Sprintf("want %d lines, got %d", len(w), len(g))
}

func TestTheReferenceOfErrorsIsUpToDate(t *testing.T) {
	compare(t, "../../doc/errors.md", []byte(ErrorReference()))
}
