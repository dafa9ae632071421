package main

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/unicode/norm"

	"moiso/assets"
	"moiso/internal/engine"
	"moiso/internal/journal/boltlog"
	"moiso/internal/queue"
	"moiso/internal/sim"
	"moiso/internal/view"
)

// The prefixes that sound apart in Vietnamese; B C D Đ G P T V rhyme.
const clearLetters = "AEFHKLMNOQRSXY"

func TestTheDemoCityIsSound(t *testing.T) {
	city, err := readDemoCity()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := assets.FS.ReadFile("demo/hue.json"); err != nil || !norm.NFC.IsNormal(b) {
		t.Errorf("hue.json is not in normal form C (%v)", err)
	}
	both := func(what string, texts ...queue.Text) {
		for _, x := range texts {
			if strings.TrimSpace(x.VI) == "" || strings.TrimSpace(x.EN) == "" {
				t.Errorf("%s lacks a language: %+v", what, x)
			}
		}
	}
	services, prefixes := map[queue.ServiceID]bool{}, map[string]bool{}
	for _, s := range city.Services {
		if services[s.ID] || prefixes[s.Prefix] {
			t.Errorf("the field %s or its prefix %s is there twice", s.ID, s.Prefix)
		}
		services[s.ID], prefixes[s.Prefix] = true, true
		if len(s.Prefix) != 1 || !strings.Contains(clearLetters, s.Prefix) {
			t.Errorf("the prefix %q of %s is not one that sounds apart", s.Prefix, s.ID)
		}
		if s.Share <= 0 || s.ServiceS <= 0 || s.Icon == "" {
			t.Errorf("the field %s lacks a share, a length or an icon", s.ID)
		}
		both(string(s.ID), append([]queue.Text{s.Name, s.Hint, s.Where}, s.Prepare...)...)
	}
	for _, c := range city.Policy.Classes {
		both("priority group "+string(c.ID), c.Name, c.Basis)
	}
	if err := city.Hours.Validate(); err != nil {
		t.Errorf("the hours: %v", err)
	}
	centers, total, busiest := map[queue.CenterID]bool{}, 0, 0
	names := map[string]bool{}
	for _, c := range city.Centers {
		if centers[c.ID] || names[c.Name.VI] || names[c.Name.EN] {
			t.Errorf("%s or its name is there twice", c.ID)
		}
		centers[c.ID], names[c.Name.VI], names[c.Name.EN] = true, true, true
		both(string(c.ID), c.Name, c.Short)
		total += c.Tickets
		busiest = max(busiest, c.Tickets)
		if n := len(c.Counters); n < 5 || n > 10 {
			t.Errorf("%s has %d counters", c.ID, n)
		}
		served := map[queue.ServiceID]bool{}
		for i, n := range c.Counters {
			if int(n.Number) != i+1 {
				t.Errorf("%s: counter %d stands at place %d", c.ID, n.Number, i+1)
			}
			for _, id := range n.Services {
				served[id] = true
				if !services[id] {
					t.Errorf("%s, counter %d: there is no field %s", c.ID, n.Number, id)
				}
			}
		}
		if len(served) != len(services) {
			t.Errorf("%s serves %d of %d fields", c.ID, len(served), len(services))
		}
	}
	if len(centers) != 40 || total != 3425 || busiest != 203 {
		t.Errorf("%d centres, %d tickets, the busiest has %d", len(centers), total, busiest)
	}
}

// openDemo opens an engine over a demo's folder, at ten in the morning of a Monday.
func openDemo(t *testing.T) (*dataFolder, *engine.Engine) {
	t.Helper()
	d, err := openData(filepath.Join(t.TempDir(), "data"), true, true, boltlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), engine.Options{Log: d.log, Epoch: d.info.Epoch, Synced: func() bool { return true },
		Now: func() time.Time { return time.Date(2025, 7, 14, 3, 0, 0, 0, time.UTC) }}) // no midnight between
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(e.Close(context.Background()), d.Close()); err != nil {
			t.Error(err)
		}
	})
	return d, e
}

// recorded counts the records of a journal.
func recorded(t *testing.T, d *dataFolder) (records uint64) {
	t.Helper()
	streams, err := d.log.Streams(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range streams {
		h, err := d.log.Last(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		records += h.Next - 1
	}
	return records
}

func TestADemoThatWasCutOffWhileItWasMadeIsMadeToItsEnd(t *testing.T) {
	d, e := openDemo(t)
	cut, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ensureDemo(cut, d, e, "always"); err == nil {
		t.Fatal("a demo was made although it was cut off")
	}
	if err := ensureDemo(t.Context(), d, e, "always"); err != nil {
		t.Fatal(err)
	}
	first := recorded(t, d)
	if first < 40*20 {
		t.Errorf("the first seeding made %d records", first)
	}
	if err := seedDemo(t.Context(), e, false); err != nil {
		t.Fatal(err)
	}
	if again := recorded(t, d); again != first {
		t.Errorf("the second seeding made %d records", again-first)
	}
}

// What a manager changes in a demo is there after the next start, and so are the hours
// of a centre that has hours of its own when the demo's hours change.
func TestALaterStartOfTheDemoUndoesNoManagersWork(t *testing.T) {
	d, e := openDemo(t)
	if err := ensureDemo(t.Context(), d, e, "always"); err != nil {
		t.Fatal(err)
	}
	city, err := readDemoCity()
	if err != nil {
		t.Fatal(err)
	}
	own := queue.Hours{Periods: []queue.Period{{From: "01-01", To: "12-31", Days: []time.Weekday{1, 2}, Spans: []queue.Span{{From: "08:00", To: "10:00"}}}}}
	renamed := city.Services[0].Service
	renamed.Name.VI = "Lĩnh vực của riêng phường"
	center, other := city.Centers[0].ID, city.Centers[1].ID
	for _, c := range []queue.Command{queue.SetHours{Hours: own}, queue.SetService{Service: renamed}} {
		if _, err := e.Do(t.Context(), center, c, engine.Call{Actor: "u_1"}); err != nil {
			t.Fatal(err)
		}
	}
	before := recorded(t, d)
	if err := ensureDemo(t.Context(), d, e, "always"); err != nil {
		t.Fatal(err)
	}
	if n := recorded(t, d); n != before {
		t.Errorf("the next start made %d records", n-before)
	}
	if err := ensureDemo(t.Context(), d, e, "real"); err != nil {
		t.Fatal(err)
	}
	if n := recorded(t, d); n != before+39 {
		t.Errorf("other hours made %d records, not one a centre whose hours nobody changed", n-before)
	}
	look := func(id queue.CenterID, f func(*queue.State)) {
		t.Helper()
		if err := e.View(t.Context(), id, func(s *queue.State, _ view.Stamp) error { f(s); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	look(center, func(s *queue.State) {
		if !reflect.DeepEqual(s.Hours, own) {
			t.Errorf("the centre's own hours became %+v", s.Hours)
		}
		if l := s.Line(renamed.ID); l == nil || l.Service.Name.VI != renamed.Name.VI {
			t.Errorf("the renamed field is %+v", l)
		}
	})
	look(other, func(s *queue.State) {
		if !reflect.DeepEqual(s.Hours, city.Hours) {
			t.Errorf("the hours of the others are %+v", s.Hours)
		}
	})
	if again, err := readInfo(d.dir); err != nil || again.DemoHours != "real" {
		t.Errorf("the folder says %+v, %v", again, err)
	}
}

func TestScenariosAreDrawnFromTheDemoCity(t *testing.T) {
	day, err := scenario("hue-day", 1)
	if err != nil || len(day.Centers) != 40 || !strings.Contains(day.String(), "3425 tickets, 40 centres") {
		t.Errorf("hue-day is %s, %v", day, err)
	}
	small, err := scenario("small", 1)
	if err != nil || len(small.Centers) != 3 {
		t.Errorf("small is %s, %v", small, err)
	}
	for _, c := range day.Centers {
		if !slices.ContainsFunc(c.Counters, func(n sim.Counter) bool { return len(n.Services) > 0 }) {
			t.Errorf("%s has counters without fields", c.ID)
		}
	}
}
