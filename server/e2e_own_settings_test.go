package main

import (
	"testing"
	"time"
)

// TestAScreenHasItsOwnSettingsHoweverItWasLetIn sets one screen's layout while the
// other stays as the centre's: for one that was paired, and for one that was given its
// token by hand.
func TestAScreenHasItsOwnSettingsHoweverItWasLetIn(t *testing.T) {
	t.Parallel()
	h := openLobby(t, "phu-bai")
	token := h.admit("display", "cửa vào")
	h.start()
	byHand := startDevice(t, "display", "MOISO_TOKEN="+token, "-server", h.p.url, "-center", h.center, "-data", t.TempDir(), "-listen", "127.0.0.1:0")
	paired := startDevice(t, "display", "", "-server", h.p.url, "-data", t.TempDir(), "-listen", "127.0.0.1:0")
	h.letIn(paired)
	for name, at := range map[string]string{"by-hand": byHand, "paired": paired} {
		id := ""
		if !poll(patience, func() bool {
			v, err := (&machineOf{at: at}).local()
			id = v.Device
			return err == nil && id != ""
		}) {
			t.Fatalf("%s: the screen does not know who it is", name)
		}
		p := openTab(t, "own-settings-"+name, displayScreen)
		p.open(at)
		p.until("the centre's layout", "document.documentElement.dataset.layout === 'counters'")
		if _, err := h.api.post("/api/v1/centers/"+h.center+"/display-settings?device="+id, map[string]string{"layout": "calls"}, "", nil); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		p.until("its own layout", "document.documentElement.dataset.layout === 'calls'")
		t.Logf("%s: live after %v", name, time.Since(begun))
		if took := time.Since(begun); took > 5*time.Second { // a second on a machine with nothing else to do
			t.Errorf("%s: the change takes %v", name, took)
		}
		p.shot("own")
	}
}
