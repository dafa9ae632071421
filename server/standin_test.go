package main

import (
	"bytes"
	"net/http"
	"net/http/cookiejar"
	"testing"
)

// One visitor of a demo opens a kiosk and a screen in one browser, in either order:
// the kiosk gives out numbers, and the screen takes part in who speaks.
func TestADemosBrowserIsAKioskAndAScreenAtOnce(t *testing.T) {
	r := serve(t, "-data", t.TempDir(), "-demo", "-demo-crowd=off")
	for _, pages := range [][]string{{"/display/thuan-hoa", "/kiosk/thuan-hoa"}, {"/kiosk/thuan-hoa", "/display/thuan-hoa"}} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		browser := http.Client{Jar: jar}
		for _, page := range pages {
			res, err := browser.Get(r.url + page)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
		}
		for path, c := range map[string]struct {
			body string
			want int
		}{
			"/api/v1/centers/thuan-hoa/tickets": {`{"service":"chung-thuc"}`, 201},
			"/api/v1/centers/thuan-hoa/speaker": {`{"screen":"one"}`, 200},
			"/api/v1/centers/an-cuu/speaker":    {`{"screen":"one"}`, 403}, // a page that was not opened
		} {
			res, err := browser.Post(r.url+path, "application/json", bytes.NewBufferString(c.body))
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != c.want {
				t.Errorf("%v: POST %s: %d, want %d", pages, path, res.StatusCode, c.want)
			}
		}
	}
}
