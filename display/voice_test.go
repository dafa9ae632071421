package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"moiso/internal/announce"
	"moiso/internal/device"
	"moiso/internal/voice"
)

func tone(lufs float64) []byte {
	s := voice.Sound{Rate: 48000, Samples: make([]float64, 24000)}
	for i := range s.Samples {
		s.Samples[i] = voice.Gain(lufs+3.01) * math.Sin(2*math.Pi*997*float64(i)/48000)
	}
	return s.WAV()
}

func folder(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ask serves what the page asks with the recordings of a folder.
func ask(t *testing.T, dir, path string) (*httptest.ResponseRecorder, string) {
	t.Helper()
	var log bytes.Buffer
	handlers, err := voiceHandlers(dir, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	for pattern, h := range handlers {
		mux.Handle(pattern, h)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return w, log.String()
}

func TestTheScreenSaysItselfHowACallIsSaid(t *testing.T) {
	w, _ := ask(t, "", "/api/v1/voice/announcement?number=AK012&counter=25&languages=vi&repeats=1")
	var a announce.Announcement
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || strings.Join(a.Clips, " ") != "chime vi-call vi-a vi-k vi-0 vi-1 vi-2 vi-counter vi-2 vi-ten vi-five-after-ten" {
		t.Errorf("%v %s", err, w.Body)
	}
}

func TestRecordingsOfTheCentreAreServedAndWhatIsMissingIsWarnedOf(t *testing.T) {
	dir := folder(t, map[string][]byte{"vi-0.wav": tone(-18), "vi-1.wav": []byte("broken"), "secret.txt": []byte("x")})
	w, log := ask(t, dir, "/local/voice/index.json")
	var x voice.Index
	if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil {
		t.Fatal(err)
	}
	if x.Clips["vi-0"].URL != "/local/voice/vi-0.wav" || x.Clips["vi-1"].URL != "" || x.WebM == "" || len(x.Numbers["vi"]) == 0 {
		t.Errorf("vi-0 %+v, vi-1 %+v", x.Clips["vi-0"], x.Clips["vi-1"])
	}
	if !strings.Contains(log, "vi-2 (hai)") || !strings.Contains(log, "vi-1.wav: it cannot be played: it is not a WAV file") {
		t.Errorf("the warning is %s", log)
	}
	if w, _ := ask(t, dir, "/local/voice/vi-0.wav"); w.Code != 200 || w.Header().Get("Content-Type") != "audio/wav" || !bytes.Equal(w.Body.Bytes(), tone(-18)) {
		t.Errorf("the recording: %d, %d bytes", w.Code, w.Body.Len())
	}
	for _, path := range []string{"/local/voice/vi-1.wav", "/local/voice/secret.txt", "/local/voice/..%2Fsecret.txt", "/local/voice/vi-2.wav"} {
		if w, _ := ask(t, dir, path); w.Code == 200 {
			t.Errorf("GET %s is answered", path)
		}
	}
}

func TestAFolderThatIsNotThereLeavesTheDefaultVoice(t *testing.T) {
	w, log := ask(t, filepath.Join(t.TempDir(), "nowhere"), "/local/voice/index.json")
	if w.Code != 200 || strings.Contains(w.Body.String(), "/local/voice/") || strings.Count(log, "\n") != 1 || !strings.Contains(log, "cannot be read: no such file or directory") {
		t.Errorf("%d, log %q", w.Code, log)
	}
}

func TestVoiceCheckSaysWhatIsToBeMended(t *testing.T) {
	dir := folder(t, map[string][]byte{"vi-0.wav": tone(-18), "vi-1.wav": tone(-9), "vi-2.wav": []byte("RIFF")})
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"voice", "check", dir}, &out, &errs, os.Getenv); code != 1 {
		t.Errorf("exit %d, %s", code, &errs)
	}
	for _, want := range []string{"missing    vi-3.wav             ba\n", "left out   vi-2.wav ", "to mend    vi-1.wav             it is too loud: -9.0 LUFS",
		"2 recordings can be used"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &out)
		}
	}
	all := map[string][]byte{}
	for _, lang := range announce.Languages {
		for _, id := range announce.Words(lang) {
			all[voice.FileName(id)] = tone(-18)
		}
	}
	out.Reset()
	if code := run(t.Context(), []string{"voice", "check", folder(t, all)}, &out, &errs, os.Getenv); code != 0 {
		t.Errorf("a whole folder: exit %d\n%s", code, &out)
	}
	for _, args := range [][]string{{"voice"}, {"voice", "check"}, {"voice", "mend", dir}, {"voice", "check", dir, dir}} {
		errs.Reset()
		if code := run(t.Context(), args, &out, &errs, os.Getenv); code != 2 || !strings.Contains(errs.String(), "Usage: display voice check DIR") {
			t.Errorf("%v: exit %d, %s", args, code, &errs)
		}
	}
	errs.Reset()
	if code := run(t.Context(), []string{"voice", "check", dir + "/nowhere"}, &out, &errs, os.Getenv); code != 1 || strings.Count(errs.String(), "\n") != 1 {
		t.Errorf("exit %d, %s", code, &errs)
	}
}

func TestAScreenAsksTheServerWhetherItSpeaks(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer device.Answer
		err    error
		want   string
		status int
	}{
		{"another speaks", device.Answer{Status: 200, Body: []byte(`{"speaker":false,"lease_s":0}`)}, nil, `{"speaker":false,"lease_s":0}`, 200},
		{"it is not registered: it speaks for itself", device.Answer{Status: 401}, nil, `{"speaker":true,"lease_s":10,"claim":"yours","spoken":0}`, 200},
		{"it is of another centre", device.Answer{Status: 403}, nil, `{"speaker":true,"lease_s":10,"claim":"yours","spoken":0}`, 200},
		{"the server is away", device.Answer{}, errors.New("connection refused"), "offline", 503},
	} {
		s := &speaker{do: func(_ context.Context, method, path string, body []byte) (device.Answer, error) {
			if method != "POST" || path != "/api/v1/centers/thuan-hoa/speaker" || string(body) != `{"screen":"s","seq":1,"call":7}` {
				t.Errorf("it asks %s %s %s", method, path, body)
			}
			return c.answer, c.err
		}}
		mux := http.NewServeMux()
		mux.Handle("POST /api/v1/centers/{c}/speaker", s)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("POST", "/api/v1/centers/thuan-hoa/speaker", strings.NewReader(`{"screen":"s","seq":1,"call":7}`)))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s", c.name, w.Code, w.Body)
		}
	}
}
