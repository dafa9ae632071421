package api

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/journal"
	"moiso/internal/queue"
	"moiso/internal/testbed"
	"moiso/internal/view"
)

// say sends a text message as a client does: masked, here with zeros.
func (w *watcher) say(text string) {
	w.t.Helper()
	b := []byte{0x81, 0xfe, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(len(text)))
	_, err := w.conn.Write(append(b, text...))
	must(w.t, err)
}

// closed reads to the close message and gives its code and reason.
func (w *watcher) closed() (code int, reason string) {
	w.t.Helper()
	for {
		var head [2]byte
		_, err := io.ReadFull(w.in, head[:])
		must(w.t, err)
		size := int64(head[1] & 0x7f)
		if size == 126 {
			var b [2]byte
			_, err = io.ReadFull(w.in, b[:])
			must(w.t, err)
			size = int64(binary.BigEndian.Uint16(b[:]))
		}
		body := make([]byte, size)
		_, err = io.ReadFull(w.in, body)
		must(w.t, err)
		if head[0]&0x0f == 8 {
			return int(binary.BigEndian.Uint16(body)), string(body[2:])
		}
	}
}

// watched runs the fleet and serves the world over TCP.
func (w *world) watched() *httptest.Server {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- w.api.Run(ctx) }()
	server := httptest.NewServer(w.api)
	w.t.Cleanup(func() {
		cancel()
		must(w.t, <-done)
		server.Close()
	})
	return server
}

func (w *world) pairingCode(role string) (code, secret string) {
	w.t.Helper()
	doc := w.want(http.StatusCreated, "", "POST", "/api/v1/pairing", `{"role":"`+role+`","version":"1.0"}`)
	if want := "https://moiso.example.vn/admin/devices?code=" + doc["code"].(string); doc["url"] != want {
		w.t.Errorf("the address is %v, want %s", doc["url"], want)
	}
	return doc["code"].(string), doc["secret"].(string)
}

func TestADeviceIsLetInByItsCodeRevokedAndAllOfItIsInTheLog(t *testing.T) {
	w := newWorld(t)
	server := w.watched()
	code, secret := w.pairingCode("kiosk")
	poll := `{"secret":"` + secret + `"}`
	w.want(http.StatusAccepted, "", "POST", "/api/v1/pairing/poll", poll)

	w.refused(codeForbidden, "manager", "POST", "/api/v1/devices/approve", `{"code":"`+code+`","center":"phu-xuan","place":"sảnh"}`)
	w.refused(codeForbidden, "clerk", "POST", "/api/v1/devices/approve", `{"code":"`+code+`","center":"thuan-hoa","place":"sảnh"}`)
	w.refused(codeWrongCode, "manager", "POST", "/api/v1/devices/approve", `{"code":"AAAAA3","center":"thuan-hoa","place":"sảnh"}`)
	doc := w.refused(codeInvalid, "manager", "POST", "/api/v1/devices/approve", `{"code":"`+code+`","center":"thuan-hoa","role":"display","place":"sảnh"}`)
	if doc["field"] != "role" || !strings.Contains(doc["detail"].(string), "is a kiosk") {
		t.Errorf("the wrong role: %v", doc)
	}
	w.refused(codeInvalid, "manager", "POST", "/api/v1/devices/approve", `{"code":"`+code+`","center":"thuan-hoa","place":""}`)
	w.want(http.StatusAccepted, "", "POST", "/api/v1/pairing/poll", poll)

	made := w.want(http.StatusOK, "manager", "POST", "/api/v1/devices/approve", `{"code":"`+strings.ToLower(code)+`","center":"thuan-hoa","role":"kiosk","place":"sảnh, cửa trái"}`)
	grant := w.want(http.StatusOK, "", "POST", "/api/v1/pairing/poll", poll)
	if grant["device"] != made["id"] || grant["center"] != "thuan-hoa" || grant["place"] != "sảnh, cửa trái" || grant["role"] != "kiosk" {
		t.Errorf("granted is %v for %v", grant, made)
	}
	w.refused(codePairingOver, "", "POST", "/api/v1/pairing/poll", `{"secret":"another"}`)
	w.refused(codeWrongCode, "manager", "POST", "/api/v1/devices/approve", `{"code":"`+code+`","center":"thuan-hoa","place":"sảnh"}`)

	// The credential is good in its centre and for its role, and in no other.
	id := made["id"].(string)
	w.tokens["paired"] = grant["token"].(string)
	w.want(http.StatusCreated, "paired", "POST", here+"/tickets", `{"service":"ho-tich"}`)
	w.refused(codeForbidden, "paired", "POST", "/api/v1/centers/phu-xuan/tickets", `{"service":"ho-tich"}`)
	w.refused(codeForbidden, "paired", "GET", "/api/v1/devices", "")
	feed, status, body := dial(t, server, "view=kiosk&center=thuan-hoa", w.tokens["paired"])
	if feed == nil {
		t.Fatalf("the socket: %d %s", status, body)
	}
	feed.document()

	// It is renamed by its own manager only, and revoked: closed and refused within a second.
	w.refused(codeForbidden, "manager@phu-xuan", "POST", "/api/v1/devices/"+id+"/rename", `{"place":"x"}`)
	w.refused("unknown_device", "manager", "POST", "/api/v1/devices/d_nobody/rename", `{"place":"x"}`)
	if doc := w.want(http.StatusOK, "manager", "POST", "/api/v1/devices/"+id+"/rename", `{"place":"sảnh, cửa phải"}`); doc["place"] != "sảnh, cửa phải" || doc["online"] != true {
		t.Errorf("renamed it is %v", doc)
	}
	w.refused(codeForbidden, "manager@phu-xuan", "POST", "/api/v1/devices/"+id+"/revoke", `{}`)
	begun := time.Now()
	if doc := w.want(http.StatusOK, "manager", "POST", "/api/v1/devices/"+id+"/revoke", `{}`); doc["revoked"] != true {
		t.Errorf("revoked it is %v", doc)
	}
	if code, reason := feed.closed(); code != 1008 || reason != "revoked" {
		t.Errorf("the socket is closed with %d %q", code, reason)
	}
	w.refused(codeNotSignedIn, "paired", "POST", here+"/tickets", `{"service":"ho-tich"}`)
	if took := time.Since(begun); took > time.Second {
		t.Errorf("a revocation takes %v", took)
	}
	for _, d := range w.want(http.StatusOK, "manager", "GET", "/api/v1/devices?center=thuan-hoa", "")["devices"].([]any) {
		if d := d.(map[string]any); d["id"] == id && d["revoked"] != true {
			t.Errorf("it is listed as %v", d)
		}
	}
	lane, ok := queue.Lane{}, false
	must(t, w.engine.View(t.Context(), "thuan-hoa", func(s *queue.State, _ view.Stamp) error { lane, ok = s.LaneOf(id); return nil }))
	if !ok || !lane.Withdrawn {
		t.Errorf("its lane is %+v", lane)
	}
	if log := w.directoryLog(); !strings.Contains(log, `"k":"device-added"`) || !strings.Contains(log, `"k":"device-renamed"`) || !strings.Contains(log, `"k":"device-revoked"`) ||
		strings.Count(log, `"by":"u_`) < 3 {
		t.Errorf("the log has\n%s", log)
	}
}

func TestAPairedDeviceThatNeverComesForItsCredentialIsRevoked(t *testing.T) {
	w := newWorld(t)
	approve := func(role string) (id, poll string) {
		code, secret := w.pairingCode(role)
		made := w.want(http.StatusOK, "manager", "POST", "/api/v1/devices/approve", `{"code":"`+code+`","center":"thuan-hoa","place":"sảnh"}`)
		return made["id"].(string), `{"secret":"` + secret + `"}`
	}
	byHand := w.device("display") // its token lies in somebody's pocket
	lost, _ := approve("kiosk")
	came, poll := approve("display")
	grant := w.want(http.StatusOK, "", "POST", "/api/v1/pairing/poll", poll)
	w.tokens["came"] = grant["token"].(string)
	w.want(http.StatusOK, "came", "GET", here+"/board", "")

	lapses := func(id string) any {
		for _, d := range w.want(http.StatusOK, "manager", "GET", "/api/v1/devices?center=thuan-hoa", "")["devices"].([]any) {
			if d := d.(map[string]any); d["id"] == id && d["revoked"] != true {
				return d["lapses_at"]
			}
		}
		return "revoked"
	}
	approved := w.clock.Now()
	if at, _ := lapses(lost).(string); at == "" || lapses(came) != nil || lapses(byHand) != nil {
		t.Errorf("they lapse at %v, %v and %v", lapses(lost), lapses(came), lapses(byHand))
	}
	w.api.lapse(t.Context(), approved.Add(auth.PairedFor-time.Second))
	if lapses(lost) == "revoked" {
		t.Error("it is revoked too early")
	}
	w.api.lapse(t.Context(), approved.Add(auth.PairedFor+time.Second))
	if lapses(lost) != "revoked" || lapses(came) != nil || lapses(byHand) != nil {
		t.Errorf("they lapse at %v, %v and %v", lapses(lost), lapses(came), lapses(byHand))
	}
	if log := w.directoryLog(); !strings.Contains(log, `{"id":"`+lost+`","unused":true}`) {
		t.Errorf("the log has\n%s", log)
	}
}

func TestAManagerSeesWhatAKioskLeftBehindAndStopsWaiting(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	id := w.device("kiosk")
	w.want(http.StatusOK, "manager", "POST", here+"/lanes/give", `{"device":"`+id+`","letter":"S"}`)
	w.want(http.StatusOK, "kiosk", "POST", here+"/merge", `{"left":3,"tickets":[{"id":"`+idA+`","number":"ASS1","service":"chung-thuc"}]}`)
	desk, status, body := dial(t, server, "view=devices&center=thuan-hoa", w.token("manager"))
	if desk == nil {
		t.Fatalf("the socket: %d %s", status, body)
	}
	until := func(what string, lanes, refused int) map[string]any {
		t.Helper()
		for range 20 {
			if doc := desk.document(); len(doc["lanes"].([]any)) == lanes && len(doc["refused"].([]any)) == refused {
				return doc
			}
		}
		t.Fatalf("%s does not come", what)
		return nil
	}
	until("the slip that no line took", 0, 1)
	w.want(http.StatusOK, "manager", "POST", "/api/v1/devices/"+id+"/revoke", `{}`)
	doc := until("the lane that is left", 1, 1)
	if l := doc["lanes"].([]any)[0].(map[string]any); l["letter"] != "S" || l["device"] != id || l["place"] != "sảnh chính" || len(doc["devices"].([]any)) != 0 {
		t.Errorf("left is %v, in use %v", l, doc["devices"])
	}
	w.want(http.StatusOK, "manager", "POST", here+"/lanes/write-off", `{"device":"`+id+`"}`)
	until("the end of the wait", 0, 1)
}

// The console revokes while the server is stopped, and writes into no centre's log.
func TestTheLaneOfAKioskRevokedAtTheConsoleIsLeftBehindAtTheNextStart(t *testing.T) {
	w := newWorld(t)
	gone := w.device("kiosk")
	w.want(http.StatusOK, "manager", "POST", here+"/lanes/give", `{"device":"`+gone+`","letter":"S"}`)
	stays := w.device("kiosk")
	w.want(http.StatusOK, "manager", "POST", here+"/lanes/give", `{"device":"`+stays+`","letter":"K"}`)
	must(t, w.auth.RevokeDevice(t.Context(), directory.DeviceID(gone)))
	must(t, w.api.muster(t.Context()))
	var lanes []queue.Lane
	must(t, w.engine.View(t.Context(), "thuan-hoa", func(s *queue.State, _ view.Stamp) error { lanes = slices.Clone(s.Lanes); return nil }))
	if want := []queue.Lane{{Device: gone, Letter: "S", Withdrawn: true}, {Device: stays, Letter: "K"}}; !slices.Equal(lanes, want) {
		t.Errorf("the lanes are %+v, not %+v", lanes, want)
	}
}

func TestWrongCodesAreLimitedWithASentenceThatSaysForHowLong(t *testing.T) {
	w := newWorld(t)
	code, _ := w.pairingCode("display")
	for range 10 {
		w.refused(codeWrongCode, "manager", "POST", "/api/v1/devices/approve", `{"code":"aaaaa3","center":"thuan-hoa","place":"x"}`)
	}
	out := w.ask("manager", "POST", "/api/v1/devices/approve", `{"code":"`+code+`","center":"thuan-hoa","place":"x"}`)
	if out.Code != http.StatusTooManyRequests || out.Header().Get("Retry-After") == "" || !strings.Contains(out.Body.String(), "too many wrong codes") {
		t.Errorf("the right code after ten wrong ones: %d %v %s", out.Code, out.Header(), out.Body)
	}
	w.want(http.StatusOK, "admin", "POST", "/api/v1/devices/approve", `{"code":"`+code+`","center":"thuan-hoa","place":"x"}`)
	for n := 0; ; n++ {
		out := w.ask("", "POST", "/api/v1/pairing", `{"role":"kiosk"}`)
		if out.Code == http.StatusTooManyRequests {
			break
		}
		if n > 50 {
			t.Fatal("an address may ask for codes without end")
		}
	}
}

func TestTheHealthOfADeviceIsSeenAtOnceAndItsTroubleIsAnAlertInTheLog(t *testing.T) {
	w := newWorld(t)
	server := w.watched()
	id := w.device("kiosk")
	staff, status, body := dial(t, server, "view=devices&center=thuan-hoa", w.token("manager"))
	if staff == nil {
		t.Fatalf("the devices: %d %s", status, body)
	}
	find := func(doc map[string]any) map[string]any {
		for _, d := range doc["devices"].([]any) {
			if d := d.(map[string]any); d["id"] == id {
				return d
			}
		}
		return nil
	}
	if d := find(staff.document()); d == nil || d["online"] != false || d["health"] != nil {
		t.Errorf("before it comes it is %v", d)
	}
	feed, _, _ := dial(t, server, "view=kiosk&center=thuan-hoa", w.tokens["kiosk"])
	feed.document()
	feed.say(`{"health":{"version":"1.0","printer":"on fire","page_open":true}}`)
	feed.say(`not JSON`)
	feed.say(`{"health":{"spool":-1,"printer":"ready"}}`)
	feed.say(`{"health":{"version":"1.1","uptime_s":60,"printer":"paper_out","spool":2,"screen":"on","sound":"on","clock_diff_ms":-250,"page_open":true}}`)
	for {
		doc := staff.document()
		d := find(doc)
		if h, _ := d["health"].(map[string]any); h["version"] == "1.1" && len(doc["alerts"].([]any)) == 1 {
			if d["online"] != true || h["printer"] != "paper_out" || h["spool"] != 2.0 || d["lane"] == nil {
				t.Errorf("it is seen as %v", d)
			}
			if a := doc["alerts"].([]any)[0].(map[string]any); a["kind"] != "paper_out" || a["device"] != id || a["place"] != "sảnh chính" {
				t.Errorf("the alert is %v", a)
			}
			break
		}
	}
	// Staff at the counters are told too, and so are those who watch the figures.
	desk, _, _ := dial(t, server, "view=counter&center=thuan-hoa&counter=1", w.token("clerk"))
	if alerts := desk.document()["alerts"].([]any); len(alerts) != 1 {
		t.Errorf("the counter sees %v", alerts)
	}
	metrics := w.ask("", "GET", "/metrics", "", "Authorization", "Bearer of-the-metrics").Body.String()
	for _, line := range []string{
		`moiso_device_up{center="thuan-hoa",device="` + id + `",role="kiosk"} 1`,
		`moiso_device_spool{center="thuan-hoa",device="` + id + `",role="kiosk"} 2`,
		`moiso_device_clock_difference_seconds{center="thuan-hoa",device="` + id + `",role="kiosk"} -0.25`,
		`moiso_device_printer{center="thuan-hoa",device="` + id + `",role="kiosk",state="paper_out"} 1`,
		`moiso_alerts{center="thuan-hoa",device="` + id + `",kind="paper_out",service=""} 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("the metrics lack %s", line)
		}
	}
	feed.say(`{"health":{"version":"1.1","printer":"ready","screen":"on","sound":"on","page_open":true}}`)
	testbed.Eventually(t, "the alert is over", func() bool { return len(w.alerts()) == 0 })
	if log := w.centerLog("thuan-hoa"); !strings.Contains(log, `"k":"alert-raised"`) || !strings.Contains(log, `"k":"alert-cleared"`) || !strings.Contains(log, `"dev":"`+id) {
		t.Errorf("the log has\n%s", log)
	}
}

func TestManyTicketsOfOneFieldAlertTheStaffFromTheNumberThatIsSet(t *testing.T) {
	w := newWorld(t)
	w.watched()
	w.device("kiosk")
	w.want(http.StatusOK, "manager", "POST", here+"/kiosk-settings", `{"alert_count":3}`)
	for range 2 {
		w.issue("ho-tich")
		w.issue("chung-thuc")
		w.want(http.StatusCreated, "clerk", "POST", here+"/tickets", `{"service":"ho-tich"}`) // a person issues for many
	}
	w.issue("ho-tich")
	testbed.Eventually(t, "the alert", func() bool { return len(w.alerts()) > 0 })
	if a := w.alerts(); len(a) != 1 || a[0].Kind != queue.AlertMany || a[0].Service != "ho-tich" || a[0].Count != 3 {
		t.Errorf("alerts are %+v", a)
	}
}

func TestManyTicketsTakenWhileCutOffAlertTheStaffOnceTheyAreMerged(t *testing.T) {
	w := newWorld(t)
	w.watched()
	id := w.device("kiosk")
	w.want(http.StatusOK, "manager", "POST", here+"/lanes/give", `{"device":"`+id+`","letter":"K"}`)
	var slips []string
	for i := range 6 {
		at := w.clock.Now().Add(-time.Hour + time.Duration(i)*10*time.Second).Format(time.RFC3339)
		slips = append(slips, fmt.Sprintf(`{"id":"7K3M9QX2PDR4WN%02d","number":"AK%03d","service":"chung-thuc","issued_at":%q}`, i, i+1, at),
			fmt.Sprintf(`{"id":"8K3M9QX2PDR4WN%02d","number":"HK%03d","service":"ho-tich","issued_at":%q,"uncertain":true}`, i, i+1, at))
	}
	w.want(http.StatusOK, "kiosk", "POST", here+"/merge", `{"tickets":[`+strings.Join(slips, ",")+`]}`)
	testbed.Eventually(t, "the alert", func() bool { return len(w.alerts()) > 0 })
	if a := w.alerts(); len(a) != 1 || a[0].Kind != queue.AlertMany || a[0].Service != "chung-thuc" || a[0].Count != 6 || a[0].Detail == "" {
		t.Errorf("alerts are %+v", a)
	}
}

func TestAlertsFromBeforeTheStartAreTakenOverAndThoseOfRevokedDevicesEnded(t *testing.T) {
	w := newWorld(t)
	id := w.device("kiosk")
	w.want(http.StatusCreated, "kiosk", "POST", here+"/tickets", `{"service":"ho-tich"}`)
	for _, a := range []queue.Alert{{Device: id, Kind: queue.AlertSilent}, {Device: "d_gone", Kind: queue.AlertPaper}} {
		_, err := w.engine.Do(t.Context(), "thuan-hoa", queue.RaiseAlert{Alert: a}, engine.Call{Source: "system"})
		must(t, err)
	}
	server := w.watched()
	testbed.Eventually(t, "the alert of a device that is gone is over", func() bool { return len(w.alerts()) == 1 })
	feed, _, _ := dial(t, server, "view=kiosk&center=thuan-hoa", w.tokens["kiosk"])
	feed.document()
	testbed.Eventually(t, "the silent device is back", func() bool { return len(w.alerts()) == 0 })
}

func (w *world) alerts() (out []queue.Alert) {
	w.t.Helper()
	must(w.t, w.engine.View(w.t.Context(), "thuan-hoa", func(s *queue.State, _ view.Stamp) error {
		out = append(out, s.Alerts...)
		return nil
	}))
	return out
}

func (w *world) directoryLog() string { return w.centerLog(engine.CityStream) }

// centerLog is what stands in a stream, a line a record.
func (w *world) centerLog(stream string) string {
	w.t.Helper()
	var b strings.Builder
	for entry, err := range w.log.Read(w.t.Context(), stream, journal.Pos(0)) {
		must(w.t, err)
		for _, r := range entry.Records {
			b.Write(r)
			b.WriteByte('\n')
		}
	}
	return b.String()
}
