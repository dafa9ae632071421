package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	speakers "moiso/internal/fleet"
)

// reopen is what a server that starts in a folder knows of what was spoken.
func reopen(t *testing.T, dir string) (*speakers.Speakers, *spokenLog, string) {
	t.Helper()
	var words strings.Builder
	s := &service{data: &dataFolder{dir: dir}, log: slog.New(slog.NewTextHandler(&words, nil))}
	k := s.speakers()
	t.Cleanup(func() { _ = s.spoken.Close() })
	return k, s.spoken, words.String()
}

var calledAt = time.Now()

func wish(screen string, call uint64) speakers.Ask {
	return speakers.Ask{Screen: screen, Call: call, CallAt: calledAt}
}

// TestWhatWasSpokenOutlivesAServerThatIsKilled starts again without a stop.
func TestWhatWasSpokenOutlivesAServerThatIsKilled(t *testing.T) {
	dir := t.TempDir()
	k, _, _ := reopen(t, dir)
	if got, err := k.Ask("an-cuu", wish("a", 5)); err != nil || got.Claim != speakers.ClaimYours {
		t.Fatalf("%+v %v", got, err)
	}
	for range 3 {
		k, _, _ = reopen(t, dir)
		if got, err := k.Ask("an-cuu", wish("b", 5)); err != nil || got.Speaker {
			t.Errorf("another speaks at once: %+v %v", got, err)
		}
	}
	if _, err := k.Ask("an-cuu", speakers.Ask{Screen: "a", Release: true}); err != nil {
		t.Fatal(err)
	}
	k, _, words := reopen(t, dir)
	if got, err := k.Ask("an-cuu", wish("b", 5)); err != nil || got.Claim != speakers.ClaimTaken || words != "" {
		t.Errorf("call 5 was said: %+v %v %s", got, err, words)
	}
}

func TestASpokenFileThatIsTornOrCannotBeUsedCostsNoStart(t *testing.T) {
	dir := t.TempDir()
	k, _, _ := reopen(t, dir)
	if _, err := k.Ask("an-cuu", wish("a", 5)); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "spoken.log"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{"center":"an-cuu","scr`); err != nil { // the power went
		t.Fatal(err)
	}
	f.Close()
	k, _, words := reopen(t, dir)
	if got, err := k.Ask("an-cuu", wish("a", 5)); err != nil || got.Claim != speakers.ClaimYours || strings.Count(words, "\n") != 1 {
		t.Errorf("%+v %v; it says %q", got, err, words)
	}

	blocked := t.TempDir()
	if err := os.Mkdir(filepath.Join(blocked, "spoken.log"), 0o700); err != nil {
		t.Fatal(err)
	}
	k, _, words = reopen(t, blocked)
	if got, err := k.Ask("an-cuu", wish("a", 5)); err == nil || got.Claim != speakers.ClaimYours || strings.Count(words, "\n") != 1 {
		t.Errorf("%+v %v; it says %q", got, err, words)
	}
}

func TestTheSpokenFileStaysSmall(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "spoken.log")
	old := `{"center":"an-cuu","screen":"` + strings.Repeat("s", 60) + `","call":7,"at":"2020-01-01T08:00:00+07:00"}` + "\n"
	if err := os.WriteFile(path, []byte(strings.Repeat(old, spokenMost/len(old)+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, l, _ := reopen(t, dir)
	if l.size != 0 {
		t.Errorf("at the start it keeps %d bytes of long ago", l.size)
	}
	if err := os.WriteFile(path, []byte(strings.Repeat(old, spokenMost/len(old)+1)), 0o600); err != nil {
		t.Fatal(err)
	}
	l.size = spokenMost + 1
	if err := l.keep(speakers.Spoken{Center: "an-cuu", Screen: "a", Call: 8, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil || strings.Count(string(b), "\n") != 1 || int64(len(b)) != l.size || !strings.Contains(string(b), `"call":8`) {
		t.Errorf("%d bytes, %d known, %v: %s", len(b), l.size, err, b)
	}
}
