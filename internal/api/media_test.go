package api

import (
	"bytes"
	img "image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"moiso/internal/queue"
	"moiso/internal/view"
)

// aPicture is larger than the body of any other request may be.
func aPicture(t testing.TB, shade byte) []byte {
	t.Helper()
	g := img.NewGray(img.Rect(0, 0, 400, 300))
	for i := range g.Pix {
		g.Pix[i] = shade ^ byte(i*i>>3)
	}
	var b bytes.Buffer
	must(t, (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, g))
	if b.Len() <= maxBody {
		t.Fatalf("the picture has %d bytes only", b.Len())
	}
	return b.Bytes()
}

// send brings a file.
func (w *world) send(role, name string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", here+"/media?name="+name, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+w.token(role))
	r.Header.Set("Content-Type", "image/png")
	out := httptest.NewRecorder()
	w.api.ServeHTTP(out, r)
	return out
}

func TestAFileIsBroughtListedShownAndDeleted(t *testing.T) {
	w := newWorld(t)
	if out := w.send("clerk", "a.png", aPicture(t, 1)); out.Code != http.StatusForbidden {
		t.Errorf("a clerk: %d", out.Code)
	}
	out := w.send("manager", "N%E1%BB%99p%20h%E1%BB%93%20s%C6%A1.png", aPicture(t, 1))
	if out.Code != http.StatusCreated || !strings.Contains(out.Body.String(), `"name":"Nộp hồ sơ.png"`) || !strings.Contains(out.Body.String(), `"type":"image/png"`) {
		t.Fatalf("%d %s", out.Code, out.Body)
	}
	if again := w.send("manager", "again.png", aPicture(t, 1)); again.Code != http.StatusOK {
		t.Errorf("the same again: %d %s", again.Code, again.Body)
	}
	list := w.want(http.StatusOK, "manager", "GET", here+"/media", "")
	files := list["files"].([]any)
	if len(files) != 1 || list["limit"].(float64) != 1<<20 {
		t.Fatalf("the list is %v", list)
	}
	hash := files[0].(map[string]any)["hash"].(string)
	if !w.api.o.Media.Has("thuan-hoa", hash) {
		t.Error("the file is not there")
	}
	w.want(http.StatusOK, "manager", "POST", here+"/display-settings", `{"playlist":[{"media":"`+hash+`","seconds":8}]}`)
	must(t, w.engine.View(t.Context(), "thuan-hoa", func(s *queue.State, p view.Stamp) error {
		if m := view.BoardOf(s, p).Media; len(m) != 1 || m[0].Hash != hash {
			t.Errorf("the board has %v", m)
		}
		return nil
	}))
	refused := w.want(http.StatusConflict, "manager", "DELETE", here+"/media/"+hash, "")
	if !strings.Contains(refused["detail"].(string), "playlist") {
		t.Errorf("%v", refused)
	}
	w.want(http.StatusOK, "manager", "POST", here+"/display-settings", `{}`)
	w.want(http.StatusOK, "manager", "DELETE", here+"/media/"+hash, "")
	w.want(http.StatusNotFound, "manager", "DELETE", here+"/media/"+hash, "")
	if w.api.o.Media.Has("thuan-hoa", hash) {
		t.Error("the file is still there")
	}
}

func TestWhatIsNoPictureOrTooMuchLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	for name, c := range map[string]struct {
		body   []byte
		status int
		says   string
	}{
		"html":      {[]byte("<script>alert(1)</script>"), http.StatusUnsupportedMediaType, "PNG, JPEG, WebP"},
		"nothing":   {nil, http.StatusUnsupportedMediaType, "empty"},
		"too large": {make([]byte, 1<<20+1), http.StatusRequestEntityTooLarge, "1048576"},
	} {
		if out := w.send("manager", "x", c.body); out.Code != c.status || !strings.Contains(out.Body.String(), c.says) {
			t.Errorf("%s: %d %s", name, out.Code, out.Body)
		}
	}
	if out := w.send("manager", "", aPicture(t, 1)); out.Code != http.StatusUnprocessableEntity {
		t.Errorf("without a name: %d", out.Code)
	}
	// A centre's files are bounded together: each has 120 KB of the 1 MiB.
	n := 0
	for ; n < 20; n++ {
		out := w.send("manager", "x", aPicture(t, byte(n)))
		if out.Code == http.StatusConflict && strings.Contains(out.Body.String(), "media_full") {
			break
		}
		if out.Code != http.StatusCreated {
			t.Fatalf("%d: %d %s", n, out.Code, out.Body)
		}
	}
	if n != 8 {
		t.Errorf("%d pictures found room", n)
	}
	r := httptest.NewRequest("POST", here+"/media?name=x", iotest.ErrReader(http.ErrAbortHandler))
	r.Header.Set("Authorization", "Bearer "+w.token("manager"))
	out := httptest.NewRecorder()
	if w.api.ServeHTTP(out, r); out.Code != http.StatusBadRequest && out.Code != http.StatusUnsupportedMediaType {
		t.Errorf("cut off: %d %s", out.Code, out.Body)
	}
	hashes := map[string]bool{}
	must(t, w.engine.View(t.Context(), "thuan-hoa", func(s *queue.State, _ view.Stamp) error {
		for _, m := range s.Media {
			hashes[m.Hash] = true
		}
		return nil
	}))
	if len(hashes) != n {
		t.Errorf("the log knows of %d files, %d were taken", len(hashes), n)
	}
}

// The way for files is one of its own: no other request may be longer than before.
func TestOnlyFilesMayBeLong(t *testing.T) {
	w := newWorld(t)
	long := `{"reason":"` + strings.Repeat("x", maxBody) + `"}`
	w.want(http.StatusRequestEntityTooLarge, "manager", "POST", here+"/issuing/pause", long)
	w.want(http.StatusRequestEntityTooLarge, "manager", "POST", here+"/display-settings", long)
}

func TestAMessageOfTheCityIsOnEveryBoard(t *testing.T) {
	w := newWorld(t)
	w.want(http.StatusOK, "admin", "POST", "/api/v1/city/messages", `{"messages":[{"text":{"vi":"Nghỉ lễ 2/9","en":"Closed on 2 September"},"from":"07:00","to":"17:00"}]}`)
	for _, c := range []queue.CenterID{"thuan-hoa", "phu-xuan"} {
		must(t, w.engine.View(t.Context(), c, func(s *queue.State, p view.Stamp) error {
			if m := view.BoardOf(s, p).Messages; len(m) != 1 || m[0].Text.VI != "Nghỉ lễ 2/9" {
				t.Errorf("the board of %s says %v", c, m)
			}
			return nil
		}))
	}
	w.want(http.StatusUnprocessableEntity, "admin", "POST", "/api/v1/city/messages", `{"messages":[{"text":{"vi":""}}]}`)
	got := w.want(http.StatusOK, "admin", "GET", "/api/v1/city/messages", "")
	if len(got["messages"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
}
