package client

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"moiso/internal/hub"
)

func TestAnUplinkSendsOnWhateverConnectionThereIs(t *testing.T) {
	h := hub.New(hub.Options{})
	t.Cleanup(func() { stopHub(t, h) })
	said := make(chan string, 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = h.Serve(w, r, hub.Subscription{Topic: "kiosk/c", Heartbeat: 50 * time.Millisecond, Message: func(b []byte) { said <- string(b) }})
	}))
	t.Cleanup(srv.Close)
	c, err := New(Options{Server: srv.URL, MinDelay: time.Millisecond, MaxDelay: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	var up Uplink
	if err := up.Send("nobody is there"); !errors.Is(err, ErrNotConnected) {
		t.Errorf("before the watch: %v", err)
	}
	there := make(chan bool, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- c.Watch(ctx, Feed{View: "kiosk", Center: "c"}, Watcher{Uplink: &up, Status: func(s Status) { there <- s.Connected }})
	}()
	await := func(want bool) {
		t.Helper()
		for {
			select {
			case got := <-there:
				if got == want {
					return
				}
			case <-time.After(20 * time.Second):
				t.Fatalf("never became connected=%v", want)
			}
		}
	}
	for _, text := range []string{"first", "second"} { // the second on another connection
		await(true)
		if err := up.Send(map[string]string{"say": text}); err != nil {
			t.Fatal(err)
		}
		if got := <-said; got != `{"say":"`+text+`"}` {
			t.Errorf("the server heard %s", got)
		}
		h.CloseTopic("kiosk/c", 1012, "again")
		await(false)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the watch ended with %v", err)
	}
	if err := up.Send("too late"); !errors.Is(err, ErrNotConnected) {
		t.Errorf("after the watch: %v", err)
	}
	if err := up.Send(func() {}); err == nil {
		t.Error("a function was sent")
	}
}
