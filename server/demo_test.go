package main

import (
	"context"
	"path/filepath"
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

// Every start of a demo sends its commands; only the first makes records, and a
// change of hours makes no more than that.
func TestSeedingTheDemoAgainMakesNoRecords(t *testing.T) {
	ctx := t.Context()
	d, err := openData(filepath.Join(t.TempDir(), "data"), true, true, boltlog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	e, err := engine.Open(ctx, engine.Options{Log: d.log, Epoch: d.info.Epoch, Synced: func() bool { return true },
		Now: func() time.Time { return time.Date(2025, 7, 14, 10, 0, 0, 0, time.UTC) }}) // no midnight between
	if err != nil {
		t.Fatal(err)
	}
	seeded := func(realHours bool) (records uint64) {
		t.Helper()
		if err := seedDemo(ctx, e, realHours); err != nil {
			t.Fatal(err)
		}
		streams, err := d.log.Streams(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range streams {
			h, err := d.log.Last(ctx, s)
			if err != nil {
				t.Fatal(err)
			}
			records += h.Next - 1
		}
		return records
	}
	first := seeded(false)
	if first < 40*20 {
		t.Errorf("the first seeding made %d records", first)
	}
	if again := seeded(false); again != first {
		t.Errorf("the second seeding made %d records", again-first)
	}
	if hours := seeded(true); hours != first+40 {
		t.Errorf("other hours made %d records", hours-first)
	}
	if err := e.Close(context.WithoutCancel(ctx)); err != nil {
		t.Error(err)
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
