package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"moiso/internal/view"
)

// TestAMergeGoesOnWhereThePowerOfTheServerEndedIt kills the server again and again while
// the real kiosk program brings in what it gave out alone. Every slip is in the line
// once, under the number on paper, in the order in which they were printed.
func TestAMergeGoesOnWhereThePowerOfTheServerEndedIt(t *testing.T) {
	t.Parallel()
	slips, rounds := 300, 2
	if os.Getenv("MOISO_SOAK") != "" {
		slips, rounds = 3000, 20
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	h := openLobby(t, "phu-bai")
	at := startDevice(t, "kiosk", "", "-server", "http://"+h.listen, "-data", t.TempDir(), "-listen", "127.0.0.1:0")
	h.letIn(at)
	// It gives out no numbers alone before it has its lane.
	if !poll(patience, func() bool {
		var lanes []view.Lane
		_, err := h.api.get("/api/v1/centers/"+h.center+"/lanes", &lanes)
		return err == nil && len(lanes) > 0
	}) {
		t.Fatal("the kiosk has no lane")
	}
	h.p.kill()

	numbers := make([]string, slips)
	for i := range numbers {
		numbers[i] = issueAt(t, at+"/api/v1/centers/"+h.center+"/tickets", fmt.Sprintf("7K3M9QX2PDR%05d", i))
	}
	left := spoolOf(t, at)
	if left != slips {
		t.Fatalf("%d slips wait for the server, want %d", left, slips)
	}

	killed := 0
	for range rounds {
		h.start()
		// A batch has come in as soon as the spool shrinks, and the next is on its way: the
		// answer to one whose slips are on disk is lost in some of the rounds.
		before := left
		for over := time.Now().Add(patience); left == before; left = spoolOf(t, at) {
			if time.Now().After(over) {
				t.Fatalf("the kiosk brings none of its %d slips in", left)
			}
		}
		time.Sleep(time.Duration(random.IntN(40)) * time.Millisecond) // when the power fails is chance
		h.p.kill()
		if left = spoolOf(t, at); left == 0 {
			break
		}
		killed++
	}
	if killed == 0 {
		t.Errorf("the merge was cut off %d times", killed)
	}
	h.start()
	if !poll(patience, func() bool { return spoolOf(t, at) == 0 }) {
		t.Fatalf("%d slips are left on the kiosk", spoolOf(t, at))
	}
	t.Logf("cut off in the middle %d times", killed)

	h.counter(1, "open", nil)
	for i, want := range numbers {
		k := h.counter(1, "call-next", map[string]bool{"finish": true})
		if k.Number != want {
			t.Fatalf("call %d is of %q, want %s", i+1, k.Number, want)
		}
	}
	if k := h.counter(1, "call-next", map[string]bool{"finish": true}); k.Number != "" {
		t.Errorf("%s is called beyond what was printed", k.Number)
	}
}

// letIn enters the code that a device program shows.
func (h *lobby) letIn(at string) {
	h.t.Helper()
	m := machineOf{at: at}
	code := ""
	if !poll(patience, func() bool {
		v, err := m.local()
		if err == nil && v.Pairing != nil {
			code = v.Pairing.Code
		}
		return code != ""
	}) {
		h.t.Fatal("the device shows no code")
	}
	body := map[string]string{"code": code, "center": h.center, "place": "sảnh chính"}
	if _, err := h.api.post("/api/v1/devices/approve", body, "", nil); err != nil {
		h.t.Fatal(err)
	}
	if !poll(patience, func() bool {
		v, err := m.local()
		return err == nil && v.Pairing == nil && v.Device != "" && v.Offline == nil
	}) {
		h.t.Fatal("the device has not come for its credential")
	}
}

func spoolOf(t *testing.T, at string) int {
	t.Helper()
	v, err := (&machineOf{at: at}).local()
	if err != nil {
		t.Fatal(err)
	}
	return v.Spool
}

// issueAt takes a number at a kiosk's own address.
func issueAt(t *testing.T, address, id string) (number string) {
	t.Helper()
	if u, err := url.Parse(address); err != nil || u.Host == "" {
		t.Fatalf("%q is no address", address)
	}
	res, err := http.Post(address, "application/json", strings.NewReader(`{"id":"`+id+`","service":"chung-thuc","paper":false}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var k view.Ticket
	if err := json.NewDecoder(res.Body).Decode(&k); err != nil || res.StatusCode != http.StatusCreated {
		t.Fatalf("the kiosk answers %s (%v)", res.Status, err)
	}
	return k.Number
}
