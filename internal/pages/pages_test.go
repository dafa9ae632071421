package pages

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"moiso/internal/queue"
	"moiso/internal/view"
)

var update = flag.Bool("update", false, "write the golden files anew")

// noon is the instant at which the test's server believes to be.
var noon = time.Date(2025, 7, 14, 2, 46, 0, 0, time.UTC) // 09:46 in Huế

// city is a small source: three centres, of which one has counters 1 to 3.
func city() Source {
	all := []view.CenterSummary{
		{ID: "thuan-hoa", Name: "Trung tâm Phục vụ hành chính công phường Thuận Hóa", OpenCounters: 5, Waiting: 20, Issued: 97,
			Short: queue.Text{VI: "phường Thuận Hóa", EN: "Thuận Hóa Ward"}},
		{ID: "thuan-an", Name: "Trung tâm Phục vụ hành chính công phường Thuận An", OpenCounters: 2, Waiting: 3, Issued: 31,
			Short: queue.Text{VI: "phường Thuận An", EN: "Thuận An Ward"}},
		{ID: "a-luoi-1", Name: "Trung tâm Phục vụ hành chính công xã A Lưới 1", OpenCounters: 1, Issued: 4,
			Short: queue.Text{VI: "xã A Lưới 1", EN: "A Lưới 1 Commune"}},
	}
	return Source{
		Centers: func(context.Context) ([]view.CenterSummary, error) { return all, nil },
		Center: func(_ context.Context, id string) (view.Center, error) {
			for _, c := range all {
				if c.ID == id {
					return view.Center{ID: id, Name: c.Name, Short: c.Short, TimeZone: "Asia/Ho_Chi_Minh",
						Counters: []view.CenterCounter{{Number: 1, State: "open"}, {Number: 2, State: "paused"}, {Number: 3, State: "closed"}}}, nil
				}
			}
			return view.Center{}, ErrNotFound
		},
		Ticket: func(_ context.Context, id string) (view.TicketPage, error) {
			if id == "BKQ2M8R4TXWB6C1D" {
				return view.TicketPage{}, queue.ErrNotCheckedIn
			}
			if id != "7KQ2M8R4TXWB6C1D" {
				return view.TicketPage{}, queue.ErrUnknownTicket
			}
			return ticketDoc(), nil
		},
		Appointment: func(_ context.Context, id string) (view.AppointmentPage, error) {
			if id != "BKQ2M8R4TXWB6C1D" {
				return view.AppointmentPage{}, queue.ErrUnknownAppointment
			}
			return appointmentDoc(), nil
		},
	}
}

func ticketDoc() view.TicketPage {
	ahead, pos := 5, 6
	return view.TicketPage{
		Head: view.Head{Version: 18, Center: "thuan-hoa", At: noon, Epoch: "e1"},
		Ticket: view.Ticket{ID: "7KQ2M8R4TXWB6C1D", Number: "A042", Center: "thuan-hoa", Service: "chung-thuc", State: "waiting",
			Source: "kiosk", IssuedAt: noon.Add(-35 * time.Minute), Position: &pos, Ahead: &ahead, Day: "2025-07-14"},
		CenterName:   queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa", EN: "Thuận Hóa Ward Public Administrative Service Centre"},
		CenterShort:  queue.Text{VI: "phường Thuận Hóa", EN: "Thuận Hóa Ward"},
		ServiceName:  queue.Text{VI: "Chứng thực", EN: "Certification"},
		Where:        queue.Text{VI: "khu ghế xanh, tầng 1", EN: "blue seats, ground floor"},
		Prepare:      []queue.Text{{VI: "Bản chính giấy tờ cần chứng thực", EN: "The original of each paper to be certified"}},
		OpenCounters: 2,
	}
}

func newPages(t *testing.T, change func(*Options)) (*Pages, http.Handler) {
	t.Helper()
	o := Options{Source: city(), Demo: true, Version: "test"}
	if change != nil {
		change(&o)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	p.now = func() time.Time { return noon }
	mux := http.NewServeMux()
	p.Register(mux)
	return p, mux
}

func get(t *testing.T, h http.Handler, url string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("GET", url, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// golden compares a page with its kept form. The content hash changes with every
// asset and is left out.
func golden(t *testing.T, p *Pages, name string, body []byte) {
	t.Helper()
	body = bytes.ReplaceAll(body, []byte(p.static.hash), []byte("HASH"))
	path := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(body, want) {
		t.Errorf("%s differs from %s; run with -update and look at the change", name, path)
	}
}

func TestPagesAreAsKept(t *testing.T) {
	p, h := newPages(t, nil)
	for name, url := range map[string]string{
		"start-vi":    "/",
		"start-en":    "/?lang=en&center=thuan-an",
		"kiosk":       "/kiosk/thuan-hoa",
		"counter":     "/counter/thuan-hoa/3",
		"ticket-vi":   "/t/7KQ2M8R4TXWB6C1D",
		"ticket-en":   "/t/7KQ2M8R4TXWB6C1D?lang=en",
		"appointment": "/t/bkq2m8r4txwb6c1d",
		"signin":      "/sign-in?next=/counter/thuan-hoa/3",
		"setup":       "/setup?token=abc",
		"reports":     "/reports",
		"docs":        "/docs",
		"page-404":    "/nothing/here",
		"center-404":  "/display/thuan-hao",
		"counter-404": "/counter/thuan-hoa/9",
		"ticket-404":  "/t/0000000000000000",
		"monitor":     "/monitor/thuan-hoa?lang=en",
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, h, url)
			want := http.StatusOK
			if strings.HasSuffix(name, "404") {
				want = http.StatusNotFound
			}
			if w.Code != want {
				t.Fatalf("GET %s: %d, want %d", url, w.Code, want)
			}
			golden(t, p, name, w.Body.Bytes())
		})
	}
}

func TestTicketAddressIgnoresCase(t *testing.T) {
	_, h := newPages(t, nil)
	for _, url := range []string{"/T/7KQ2M8R4TXWB6C1D", "/t/7kq2m8r4txwb6c1d", "/T/7Kq2M8r4tXWB6c1d", "/t/7KQ2M8R4TXWB6CLD"} {
		if w := get(t, h, url); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "A042") {
			t.Errorf("GET %s: %d, want the ticket A042", url, w.Code)
		}
	}
}

func TestTicketPageTellsEverythingWithoutScript(t *testing.T) {
	_, h := newPages(t, nil)
	seen := visible(get(t, h, "/t/7KQ2M8R4TXWB6C1D").Body.String())
	for _, want := range []string{"A042", "Chứng thực", "còn 5 người", "2 quầy", "khu ghế xanh, tầng 1",
		"Bản chính giấy tờ cần chứng thực", "Phường Thuận Hóa", "Lấy số lúc 09:11", "dữ liệu lúc 09:46"} {
		if !strings.Contains(seen, want) {
			t.Errorf("the page without script does not say %q", want)
		}
	}
	for _, not := range []string{"Mất kết nối", "Dự kiến", "Đến quầy", "đã hủy", "hết hiệu lực"} {
		if strings.Contains(seen, not) {
			t.Errorf("a waiting ticket's page says %q", not)
		}
	}
}

func TestMissedTicketSaysUntilWhen(t *testing.T) {
	_, h := newPages(t, nil)
	seen := visible(get(t, h, "/gallery/ticket/16-missed").Body.String())
	want := "Đã gọi số A042 ba lần. Xin báo người hướng dẫn trước 10:15 để được gọi lại."
	if !strings.Contains(seen, want) {
		t.Errorf("the page does not say %q:\n%s", want, seen)
	}
}

// TestTicketPageIsSmall measures what a phone transfers: page, style, script, icon.
func TestTicketPageIsSmall(t *testing.T) {
	_, h := newPages(t, nil)
	const limit = 15 << 10
	for _, url := range []string{"/t/7KQ2M8R4TXWB6C1D", "/t/7KQ2M8R4TXWB6C1D?lang=en"} {
		page := get(t, h, url, "Accept-Encoding", "gzip")
		sum := page.Body.Len()
		html := unzip(t, page.Body.Bytes())
		parts := references(html)
		if len(parts) < 3 {
			t.Fatalf("found %d references in the page, want style, script and icon", len(parts))
		}
		for _, ref := range parts {
			w := get(t, h, ref, "Accept-Encoding", "gzip")
			if w.Code != http.StatusOK {
				t.Fatalf("GET %s: %d", ref, w.Code)
			}
			sum += w.Body.Len()
			if strings.HasSuffix(ref, ".css") && strings.Contains(unzip(t, w.Body.Bytes()), "url(") {
				t.Errorf("%s loads more files, which this test does not count", ref)
			}
		}
		t.Logf("%s transfers %d bytes", url, sum)
		if sum > limit {
			t.Errorf("%s transfers %d bytes, more than %d", url, sum, limit)
		}
	}
}

func unzip(t *testing.T, b []byte) string {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestLanguageIsChosenByAddressCookieBrowser(t *testing.T) {
	_, h := newPages(t, nil)
	for _, c := range []struct {
		name, url, want string
		header          []string
	}{
		{"nothing said", "/", "vi", nil},
		{"browser", "/", "en", []string{"Accept-Language", "en-US,en;q=0.9,vi;q=0.5"}},
		{"browser with weights", "/", "vi", []string{"Accept-Language", "en;q=0.4, vi-VN;q=0.8, fr"}},
		{"a language we lack", "/", "vi", []string{"Accept-Language", "fr-FR,de"}},
		{"cookie before browser", "/", "vi", []string{"Accept-Language", "en", "Cookie", "lang=vi"}},
		{"address before cookie", "/?lang=en", "en", []string{"Cookie", "lang=vi"}},
		{"nonsense", "/?lang=xx", "en", []string{"Cookie", "lang=en"}},
	} {
		w := get(t, h, c.url, c.header...)
		if !strings.Contains(w.Body.String(), `<html lang="`+c.want+`">`) {
			t.Errorf("%s: the page is not in %s", c.name, c.want)
		}
	}
	if c := get(t, h, "/?lang=en").Header().Get("Set-Cookie"); !strings.HasPrefix(c, "lang=en;") {
		t.Errorf("a choice in the address is not kept: Set-Cookie %q", c)
	}
}

func TestStaffPagesAskForSigningIn(t *testing.T) {
	signedIn := false
	_, h := newPages(t, func(o *Options) {
		o.Account = func(*http.Request) (Account, bool) { return Account{Name: "Lan"}, signedIn }
	})
	for _, url := range []string{"/counter/thuan-hoa/3", "/assist/thuan-hoa?x=1"} {
		signedIn = false
		w := get(t, h, url)
		if w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in?next=%2F") {
			t.Errorf("GET %s signed out: %d to %q", url, w.Code, w.Header().Get("Location"))
		}
		signedIn = true
		if w := get(t, h, url); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `data-account="Lan"`) {
			t.Errorf("GET %s signed in: %d", url, w.Code)
		}
	}
}

func TestSignInFormLeadsOnlyHome(t *testing.T) {
	_, h := newPages(t, func(o *Options) {
		o.SignIn = func(_ http.ResponseWriter, _ *http.Request, user, password string) string {
			if user == "demo" && password == "demo" {
				return ""
			}
			return "login_failed"
		}
	})
	post := func(body, site string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/sign-in", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", site)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for next, want := range map[string]string{
		"/counter/thuan-hoa/3": "/counter/thuan-hoa/3", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/", "": "/",
	} {
		w := post("username=demo&password=demo&next="+strings.ReplaceAll(next, "\\", "%5C"), "same-origin")
		if w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("next=%q: %d to %q, want %q", next, w.Code, w.Header().Get("Location"), want)
		}
	}
	w := post("username=demo&password=no", "same-origin")
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "Tên đăng nhập hoặc mật khẩu chưa đúng.") {
		t.Errorf("a wrong password: %d", w.Code)
	}
	if w := post("username=demo&password=demo", "cross-site"); w.Code != http.StatusForbidden {
		t.Errorf("a form of another site: %d, want 403", w.Code)
	}
}

func TestUnknownCentreNamesThoseNearIt(t *testing.T) {
	_, h := newPages(t, nil)
	for asked, want := range map[string]string{"thuan-hao": "Phường Thuận Hóa", "thuanan": "Phường Thuận An", "aluoi1": "Xã A Lưới 1"} {
		w := get(t, h, "/kiosk/"+asked)
		first := strings.Index(w.Body.String(), `s-near`)
		if w.Code != http.StatusNotFound || first < 0 {
			t.Fatalf("/kiosk/%s: %d without neighbours", asked, w.Code)
		}
		list := w.Body.String()[first:]
		list = list[:strings.Index(list, "</li>")]
		if !strings.Contains(list, want) {
			t.Errorf("/kiosk/%s names first %q, want %q", asked, visible(list), want)
		}
	}
}

func TestAnEngineInTroubleIsNotAnUnknownTicket(t *testing.T) {
	_, h := newPages(t, func(o *Options) {
		o.Source.Ticket = func(context.Context, string) (view.TicketPage, error) {
			return view.TicketPage{}, errors.New("mailbox full at 10.0.0.7")
		}
	})
	w := get(t, h, "/t/7KQ2M8R4TXWB6C1D")
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d, want 503 with Retry-After", w.Code)
	}
	if strings.Contains(w.Body.String(), "10.0.0.7") {
		t.Error("the page shows the error's inside")
	}
}

func TestDeviceProgramServesItsPageOnly(t *testing.T) {
	_, h := newPages(t, func(o *Options) {
		*o = Options{Device: "display", DeviceCenter: "thuan-hoa"}
	})
	w := get(t, h, "/")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `data-device="display"`) ||
		!strings.Contains(w.Body.String(), `data-center="thuan-hoa"`) {
		t.Errorf("/: %d\n%s", w.Code, w.Body)
	}
	for _, url := range []string{"/t/7KQ2M8R4TXWB6C1D", "/sign-in", "/kiosk/thuan-hoa", "/display/thuan-an", "/gallery"} {
		if w := get(t, h, url); w.Code != http.StatusNotFound {
			t.Errorf("GET %s on a display: %d, want 404", url, w.Code)
		}
	}
}

func TestGalleryIsForDemonstrationsOnly(t *testing.T) {
	_, h := newPages(t, func(o *Options) { o.Demo = false })
	for _, url := range []string{"/gallery", "/gallery/ticket/01-waiting", "/assets/fixtures/ticket/01-waiting.json"} {
		if w := get(t, h, url); w.Code != http.StatusNotFound {
			t.Errorf("GET %s: %d, want 404", url, w.Code)
		}
	}
	if body := get(t, h, "/").Body.String(); strings.Contains(body, "<code>demo</code>") {
		t.Error("the start page of a real server shows the demonstration's password")
	}
}

func TestEveryGalleryStateOpens(t *testing.T) {
	p, h := newPages(t, nil)
	index := get(t, h, "/gallery").Body.String()
	for _, name := range []string{"assist", "counter", "display", "kiosk", "printer", "start", "ticket"} {
		states := p.states(name)
		if len(states) == 0 {
			t.Errorf("no state of %s in the gallery", name)
		}
		for _, s := range states {
			url := "/gallery/" + name + "/" + s
			if !strings.Contains(index, `href="`+url+`?lang=vi"`) {
				t.Errorf("the gallery does not list %s", url)
			}
			f, err := p.fixture(name, s)
			if err != nil || f.Title.VI == "" || f.Title.EN == "" {
				t.Errorf("fixture %s/%s: %v, titles %q", name, s, err, f.Title)
			}
			for _, lang := range Languages {
				if w := get(t, h, url+"?lang="+lang); w.Code != http.StatusOK {
					t.Errorf("GET %s?lang=%s: %d", url, lang, w.Code)
				}
			}
		}
	}
}

// TestFixturesFitTheDocuments decodes each fixture into the type that travels over
// the socket: a field that the view renames must be renamed in the gallery too.
func TestFixturesFitTheDocuments(t *testing.T) {
	p, _ := newPages(t, nil)
	for name, make := range map[string]func() any{
		"counter": func() any { return &view.Desk{} }, "assist": func() any { return &view.Assist{} },
		"ticket": func() any { return &view.TicketPage{} }, "kiosk": func() any { return &view.Kiosk{} },
		"display": func() any { return &view.Board{} }, "start": func() any { return &startFixture{} },
	} {
		for _, s := range p.states(name) {
			f, err := p.fixture(name, s)
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Doc) == 0 || string(f.Doc) == "null" {
				continue // the state before the first document
			}
			d := json.NewDecoder(bytes.NewReader(f.Doc))
			d.DisallowUnknownFields()
			doc := make()
			if name == "ticket" && bytes.Contains(f.Doc, []byte(`"appointment"`)) {
				doc = &view.AppointmentPage{}
			}
			if err := d.Decode(doc); err != nil {
				t.Errorf("fixtures/%s/%s.json: %v", name, s, err)
			}
		}
	}
}
