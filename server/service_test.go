package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

var setupLink = regexp.MustCompile(`https://so\.example\.vn/setup\?token=(\S+)`)

// The first start prints a link that makes the first administrator, once; later
// starts print none, and a link that was not used is replaced by a new one.
func TestTheSetUpLinkMakesTheFirstAdministratorOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first := serve(t, real(dir)...)
	old := setupLink.FindAllStringSubmatch(first.stdout.String(), -1)
	if len(old) != 1 {
		t.Fatalf("the first start printed %d links:\n%s", len(old), first.stdout)
	}
	first.stop()

	r := serve(t, real(dir)...)
	link := setupLink.FindStringSubmatch(r.stdout.String())
	if link == nil || link[1] == old[0][1] {
		t.Fatalf("the second start printed\n%s", r.stdout)
	}
	c := newCaller(r.url)
	body := map[string]string{"token": old[0][1], "username": "hoa", "password": "một buổi sáng ở Huế"}
	if _, err := c.post("/api/v1/setup", body, "", nil); refusedAs(err) != "forbidden" {
		t.Errorf("the replaced link: %v", err)
	}
	body["token"] = link[1]
	if status, err := c.post("/api/v1/setup", body, "", nil); err != nil || status >= 300 {
		t.Fatalf("the link: %d %v", status, err)
	}
	body["username"] = "lan"
	if _, err := c.post("/api/v1/setup", body, "", nil); refusedAs(err) != "forbidden" {
		t.Errorf("the link, again: %v", err)
	}
	var out struct{ Token string }
	if status, err := c.post("/api/v1/login", map[string]string{"username": "hoa", "password": "một buổi sáng ở Huế"}, "", &out); err != nil || status != 200 || out.Token == "" {
		t.Errorf("the administrator signs in: %d %v", status, err)
	}
	if _, err := c.post("/api/v1/login", map[string]string{"username": "demo", "password": "demo"}, "", nil); refusedAs(err) != "login_failed" {
		t.Errorf("demo/demo on a server that is no demo: %v", err)
	}
	r.stop()
	if third := serve(t, real(dir)...); strings.Contains(third.stdout.String(), "setup?token") {
		t.Errorf("a start with an administrator printed\n%s", third.stdout)
	}
}

// A second start finds tickets, calls and sessions as they were.
func TestASecondStartFindsEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	r := serve(t, "-demo", "--data="+dir)
	if !strings.Contains(r.stdout.String(), "sign in as demo") || strings.Contains(r.stdout.String(), "setup?token") {
		t.Errorf("a demo prints\n%s", r.stdout)
	}
	c := newCaller(r.url)
	c.login(t)
	var ticket, called struct{ ID, Number, State string }
	for _, s := range []struct {
		path string
		body any
		out  any
	}{
		{"/api/v1/centers/thuan-hoa/tickets", map[string]string{"service": "chung-thuc"}, &ticket},
		{"/api/v1/centers/thuan-hoa/counters/1/open", struct{}{}, nil},
		{"/api/v1/centers/thuan-hoa/counters/1/call-next", struct{}{}, &called},
	} {
		if _, err := c.post(s.path, s.body, "", s.out); err != nil {
			t.Fatalf("%s: %v", s.path, err)
		}
	}
	var before, after map[string]any
	if _, err := c.get("/api/v1/centers/thuan-hoa/board", &before); err != nil {
		t.Fatal(err)
	}
	if code := r.stop(); code != 0 {
		t.Fatalf("exit %d\n%s", code, r.stderr)
	}
	r = serve(t, "-demo", "-data", dir)
	c.base = r.url
	if _, err := c.get("/api/v1/tickets/"+ticket.ID, &called); err != nil || called.State != "called" || called.Number != ticket.Number {
		t.Errorf("the ticket is %+v, %v", called, err)
	}
	if _, err := c.get("/api/v1/centers/thuan-hoa/board", &after); err != nil || fmt.Sprint(after["calls"]) != fmt.Sprint(before["calls"]) || after["epoch"] != before["epoch"] {
		t.Errorf("the board was %v and is %v (%v)", before, after, err)
	}
	if _, err := c.post("/api/v1/centers/thuan-hoa/counters/1/start", struct{}{}, "", nil); err != nil {
		t.Errorf("the clerk goes on with the token of before: %v", err)
	}
}

// A stop with open sockets and a request that never ends takes less than 10 s,
// says goodbye to the sockets and is no failure.
func TestAStopTakesLessThanTenSeconds(t *testing.T) {
	r := serve(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	host := strings.TrimPrefix(r.url, "http://")
	ws, _, err := websocket.DefaultDialer.Dial("ws://"+host+"/ws/v1?view=board&center=thuan-hoa", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	mute, _, err := websocket.DefaultDialer.Dial("ws://"+host+"/ws/v1?view=board&center=an-cuu", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close() // it never reads, so it never answers the goodbye
	half, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	defer half.Close()
	if _, err := fmt.Fprintf(half, "POST /api/v1/login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", host); err != nil {
		t.Fatal(err)
	}
	goodbye := make(chan error, 1)
	go func() {
		for {
			if _, _, err := ws.ReadMessage(); err != nil {
				goodbye <- err
				return
			}
		}
	}()
	start := time.Now()
	if code := r.stop(); code != 0 {
		t.Errorf("exit %d\n%s", code, r.stderr)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %s", took)
	}
	var end *websocket.CloseError
	if err := <-goodbye; !errors.As(err, &end) || end.Code != websocket.CloseGoingAway || end.Text == "" {
		t.Errorf("the socket ended with %v", err)
	}
	if _, err := net.Dial("tcp", host); err == nil {
		t.Error("the address still answers")
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	r := serve(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	for _, path := range []string{"/", "/kiosk/thuan-hoa", "/display/thuan-hoa", "/counter/thuan-hoa/1", "/assist/thuan-hoa", "/docs", "/gallery", "/nothing",
		"/t/0000000000000000", "/T/0000000000000000", "/api/v1/centers", "/api/v1/centers/nowhere", "/api/v1/nothing", "/openapi.json", "/healthz", "/readyz", "/ws/v1"} {
		res, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		csp := res.Header.Get("Content-Security-Policy")
		framed := "frame-ancestors 'none'"
		if strings.HasPrefix(path, "/display/") {
			framed = "frame-ancestors 'self'" // the page where screens are set shows the real one in a frame
		}
		if !strings.Contains(csp, framed) || !strings.Contains(csp, "default-src 'self'") && !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
		if res.Header.Get("X-Content-Type-Options") != "nosniff" || res.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, res.Header)
		}
		if res.StatusCode >= 500 {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}

func TestAFormFromAnotherSiteSignsNobodyIn(t *testing.T) {
	r := serve(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"))
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	send := func(site string) *http.Response {
		req, err := http.NewRequest("POST", r.url+"/sign-in", strings.NewReader(url.Values{"username": {"demo"}, "password": {"demo"}, "next": {"//evil.example/x"}}.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", site)
		res, err := c.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return res
	}
	if res := send("cross-site"); res.StatusCode != http.StatusForbidden || len(res.Cookies()) > 0 {
		t.Errorf("from another site: %d %v", res.StatusCode, res.Cookies())
	}
	res := send("same-origin")
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 || strings.Contains(res.Header.Get("Location"), "evil") {
		t.Fatalf("from here: %d %v", res.StatusCode, res.Header)
	}
	if k := res.Cookies()[0]; !k.HttpOnly || k.SameSite == http.SameSiteNoneMode || k.SameSite == http.SameSiteDefaultMode {
		t.Errorf("the cookie is %v", k)
	}
}

// The metrics are for this machine and for the token; behind a trusted proxy the
// client's address counts, and nobody else's word does.
func TestMetricsAndTheAddressOfTheClient(t *testing.T) {
	get := func(r *running, header ...string) int {
		req, err := http.NewRequest("GET", r.url+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode == 200 && !bytes.Contains(b, []byte("moiso_")) {
			t.Errorf("the metrics are %s", b)
		}
		return res.StatusCode
	}
	proxied := serve(t, append(real(filepath.Join(t.TempDir(), "data")), "-trusted-proxy", "10.0.0.0/8, 127.0.0.1", "-metrics-token", "of-the-metrics")...)
	for _, c := range []struct {
		name   string
		header []string
		want   int
	}{
		{"loopback", nil, 200},
		{"someone through the proxy", []string{"X-Forwarded-For", "203.0.113.9"}, 403},
		{"someone who says loopback", []string{"X-Forwarded-For", "127.0.0.1, 203.0.113.9"}, 403},
		{"a wrong token", []string{"X-Forwarded-For", "203.0.113.9", "Authorization", "Bearer of-nothing"}, 403},
		{"the token", []string{"X-Forwarded-For", "203.0.113.9", "Authorization", "Bearer of-the-metrics"}, 200},
	} {
		if got := get(proxied, c.header...); got != c.want && !(c.want == 403 && got == 401) {
			t.Errorf("%s: %d, wanted %d", c.name, got, c.want)
		}
	}
}

// certificate writes a certificate for 127.0.0.1 and its key.
func certificate(t testing.TB) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "moiso"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile, pool = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool.AppendCertsFromPEM(certPEM)
	if err := errors.Join(os.WriteFile(certFile, certPEM, 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), 0o600)); err != nil {
		t.Fatal(err)
	}
	return certFile, keyFile, pool
}

func TestTLSIsSpokenAndCookiesStayInIt(t *testing.T) {
	cert, key, pool := certificate(t)
	r := serve(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"), "-tls-cert", cert, "-tls-key", key)
	if !strings.HasPrefix(r.url, "https://127.0.0.1:") {
		t.Fatalf("it listens on %s", r.url)
	}
	c := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	res, err := c.Post(r.url+"/api/v1/session", "application/json", strings.NewReader(`{"username":"demo","password":"demo"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if k := res.Cookies(); res.StatusCode != 200 || len(k) != 1 || !k[0].Secure || !k[0].HttpOnly {
		t.Errorf("%d, cookies %v", res.StatusCode, k)
	}
	d := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: pool}}
	ws, _, err := d.Dial("wss"+strings.TrimPrefix(r.url, "https")+"/ws/v1?view=board&center=thuan-hoa", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	var doc map[string]any
	if _, b, err := ws.ReadMessage(); err != nil || json.Unmarshal(b, &doc) != nil || doc["center"] != "thuan-hoa" {
		t.Errorf("the socket gave %v, %v", doc, err)
	}
	if strings.Contains(r.stderr.String(), "without TLS") {
		t.Errorf("it warns:\n%s", r.stderr)
	}
}

func TestAPublicAddressWithoutTLSIsWarnedAbout(t *testing.T) {
	const warning = "listening without TLS"
	dir := filepath.Join(t.TempDir(), "data")
	public := serve(t, append(real(dir), "-listen", "0.0.0.0:0")...)
	if !strings.Contains(public.stderr.String(), warning) {
		t.Errorf("a public address:\n%s", public.stderr)
	}
	public.stop()
	if here := serve(t, real(dir)...); strings.Contains(here.stderr.String(), warning) {
		t.Errorf("loopback:\n%s", here.stderr)
	}
}

// What a ticket's QR code carries comes from -public-url and never from the request.
func TestTheHostHeaderDoesNotReachTheQRCode(t *testing.T) {
	r := serve(t, "-demo", "-data", filepath.Join(t.TempDir(), "data"), "-public-url", "https://so.example.vn/")
	c := newCaller(r.url)
	c.login(t)
	req, err := http.NewRequest("POST", r.url+"/api/v1/centers/thuan-hoa/tickets", strings.NewReader(`{"service":"chung-thuc"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = "evil.example"
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+c.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var ticket struct{ ID, URL string }
	if err := json.NewDecoder(res.Body).Decode(&ticket); err != nil || ticket.URL != "HTTPS://SO.EXAMPLE.VN/T/"+ticket.ID {
		t.Errorf("the ticket's address is %q, %v", ticket.URL, err)
	}
}
