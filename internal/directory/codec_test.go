package directory

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"moiso/internal/queue"
)

var update = flag.Bool("update", false, "write the golden files")

// samples has a record of every kind of event.
func samples() []Record {
	name := queue.Text{VI: "Trung tâm Phục vụ hành chính công phường Thuận Hóa", EN: "Thuan Hoa ward"}
	short := queue.Text{VI: "phường Thuận Hóa", EN: "Thuan Hoa"}
	all := []Event{
		CenterAdded{ID: "thuan-hoa", Name: name, Short: short, Order: 1},
		CenterUpdated{ID: "thuan-hoa", Name: name, Short: short, Order: 2},
		CenterDisabled{ID: "thuan-hoa"},
		CenterEnabled{ID: "thuan-hoa"},
		AccountAdded{ID: "u_1", Roles: []Grant{{Role: Clerk, Center: "thuan-hoa"}, {Role: Manager}}},
		RolesSet{ID: "u_1", Roles: []Grant{{Role: Admin}}},
		AccountDisabled{ID: "u_1"},
		AccountEnabled{ID: "u_1"},
		PasswordChanged{ID: "u_1"},
		DeviceAdded{ID: "d_1", Role: Kiosk, Center: "thuan-hoa", Place: "sảnh chính"},
		DeviceRenamed{ID: "d_1", Place: "cửa trái"},
		DeviceRevoked{ID: "d_1"},
	}
	at := time.Date(2025, 7, 14, 0, 30, 0, 125e6, time.UTC)
	var out []Record
	for _, e := range all {
		out = append(out, Record{At: at, Day: "2025-07-14", Actor: "u_0", Device: "d_0", Source: "web", Event: e})
	}
	return out
}

func TestEveryEventIsWrittenAsItAlwaysWas(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range samples() {
		kind := Kind(r.Event)
		seen[kind] = true
		t.Run(kind, func(t *testing.T) {
			file := filepath.Join("testdata", "v1", kind+".json")
			got, err := EncodeRecord(r)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(file, append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if string(got)+"\n" != string(want) {
				t.Errorf("encoded\n%s, the golden file has\n%s", got, want)
			}
			back, err := DecodeRecord(want)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(back, r) {
				t.Errorf("decoded %+v, want %+v", back, r)
			}
		})
	}
	for _, e := range events {
		if !seen[e.kind()] {
			t.Errorf("no golden file of %s", e.kind())
		}
	}
}

func TestWhatCannotBeUnderstoodFailsLoudly(t *testing.T) {
	for record, want := range map[string]string{
		`{"v":1,"k":"account-cloned","at":1,"e":{}}`:         `unknown event "account-cloned"`,
		`{"v":2,"k":"account-added","at":1,"e":{}}`:          "version 2",
		`{"v":1,"k":"account-added","at":1,"e":{"id":7}}`:    "account-added",
		`{"v":1,"k":"account-added","at":1}`:                 "account-added",
		`{"v":1,"k":"account-added","at":1,"e":{"id":"u_1"}`: "not a record",
		``: "not a record",
	} {
		if _, err := DecodeRecord([]byte(record)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", record, err, want)
		}
	}
	for _, snap := range []string{``, `{"v":2,"state":{}}`, `{"v":1}`} {
		if _, err := Restore([]byte(snap)); err == nil {
			t.Errorf("snapshot %q was restored", snap)
		}
	}
}

func FuzzDecodeRecord(f *testing.F) {
	for _, r := range samples() {
		b, err := EncodeRecord(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRecord(b)
		if err != nil {
			return
		}
		New().Apply(r)
		again, err := EncodeRecord(r)
		if err != nil {
			t.Fatalf("%s was decoded and cannot be encoded: %v", b, err)
		}
		back, err := DecodeRecord(again)
		if err != nil || !reflect.DeepEqual(back, r) {
			t.Fatalf("%s became %s: %v", b, again, err)
		}
	})
}
