package sim

import (
	"reflect"
	"testing"
	"time"
)

func TestASeedIsADay(t *testing.T) {
	a, b, other := little(), little(), little()
	other.Seed++
	for i, c := range a.Centers {
		if !reflect.DeepEqual(a.people(c), b.people(b.Centers[i])) {
			t.Errorf("%s: the same seed makes another day", c.ID)
		}
		if reflect.DeepEqual(a.people(c), other.people(other.Centers[i])) {
			t.Errorf("%s: another seed makes the same day", c.ID)
		}
	}
	// Centres are drawn apart: what one does changes nothing in another.
	alone := little()
	alone.Centers[0].Tickets++
	if !reflect.DeepEqual(a.people(a.Centers[1]), alone.people(alone.Centers[1])) {
		t.Error("one more visit in one centre changes another")
	}
	twin := a.Centers[0]
	twin.ID = "elsewhere"
	if reflect.DeepEqual(a.people(a.Centers[0]), a.people(twin)) {
		t.Error("two centres have the same people")
	}
}

func TestTheDayHasItsMorningPeak(t *testing.T) {
	s := little()
	s.Centers[0].Tickets = 20_000
	people := s.people(s.Centers[0])
	var eighth [8]int
	last := time.Duration(0)
	services := map[string]int{}
	moved, mean := 0, time.Duration(0)
	for _, p := range people {
		if p.arrives < last || p.arrives > s.Open {
			t.Fatalf("someone arrives at %s after %s", p.arrives, last)
		}
		last = p.arrives
		eighth[min(int(8*p.arrives/s.Open), 7)]++
		services[p.service]++
		if p.transfer != "" {
			moved++
			if p.transfer == p.service {
				t.Fatal("someone is sent on to where they are")
			}
		}
		if p.service == "chung-thuc" {
			mean += p.visit
		}
	}
	morning, noon, afternoon := eighth[0]+eighth[1], eighth[3], eighth[5]+eighth[6]
	if morning < 9_000 || morning > 12_500 || noon > morning/8 || afternoon < 3_500 || afternoon > morning {
		t.Errorf("arrivals by eighths of the day: %v", eighth)
	}
	if got := float64(services["chung-thuc"]) / 20_000; got < 0.58 || got > 0.62 {
		t.Errorf("chung-thuc has a share of %.3f, wanted 0.6", got)
	}
	if got := mean / time.Duration(services["chung-thuc"]); got < 235*time.Second || got > 245*time.Second {
		t.Errorf("a visit takes %s, wanted 4m", got)
	}
	if moved < 1_200 || moved > 1_700 { // 15 %, of whom about half draw another service
		t.Errorf("%d are sent on", moved)
	}
}

// People ask only for what a counter of their centre takes.
func TestNobodyAsksForWhatNoCounterTakes(t *testing.T) {
	s := little()
	s.Centers[0].Counters = s.Centers[0].Counters[:1]
	for _, p := range s.people(s.Centers[0]) {
		if p.service != "chung-thuc" || p.transfer != "" {
			t.Fatalf("someone asks for %s and is sent on to %q", p.service, p.transfer)
		}
	}
}

func TestPercentiles(t *testing.T) {
	var l latencies
	if l.percentiles() != (Percentiles{}) {
		t.Error("nothing has percentiles")
	}
	for i := 100; i > 0; i-- {
		l.add(time.Duration(i) * time.Millisecond)
	}
	l.add(-time.Second) // a clock that stepped back
	if got := l.percentiles(); got.N != 101 || got.P50 != 50*time.Millisecond || got.P90 != 90*time.Millisecond || got.P99 != 99*time.Millisecond || got.Max != 100*time.Millisecond {
		t.Errorf("%+v", got)
	}
}
