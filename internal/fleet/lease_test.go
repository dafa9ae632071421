package fleet_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/fleet"
)

const hall = "thuan-hoa"

func TestOneScreenOfAHallSpeaksHoweverManyAsk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		var mu sync.Mutex
		turn := map[string]int{}
		var screens sync.WaitGroup
		for i := range 5 {
			screens.Go(func() {
				for range 100 {
					name := fmt.Sprint("screen-", i)
					if s.Renew(hall, name, 0).Speaker {
						mu.Lock()
						turn[name]++
						mu.Unlock()
					}
					time.Sleep(fleet.SpeakerRenew)
				}
			})
		}
		screens.Wait()
		if len(turn) != 1 {
			t.Errorf("these screens spoke: %v; want one", turn)
		}
	})
}

func TestALeaseLapsesAfterTenSecondsAndTheNextScreenKnowsWhatWasSpoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		if got := s.Renew(hall, "a", 811); got != (fleet.Speaker{Speaker: true, Spoken: 811}) {
			t.Fatalf("the first to ask gets %+v", got)
		}
		time.Sleep(3 * time.Second)
		s.Renew(hall, "a", 812)
		time.Sleep(fleet.SpeakerLease - time.Millisecond)
		if got := s.Renew(hall, "b", 0); got != (fleet.Speaker{Speaker: false, Spoken: 812}) {
			t.Errorf("before the lease lapses another gets %+v", got)
		}
		if s.Of(hall) != "a" {
			t.Errorf("the speaker is %q", s.Of(hall))
		}
		time.Sleep(time.Millisecond)
		if s.Of(hall) != "" {
			t.Errorf("after ten seconds the speaker is %q", s.Of(hall))
		}
		if got := s.Renew(hall, "b", 0); got != (fleet.Speaker{Speaker: true, Spoken: 812}) {
			t.Errorf("after it has lapsed another gets %+v", got)
		}
		// The first comes back: it was silent for long, and has nothing new to say.
		if got := s.Renew(hall, "a", 811); got != (fleet.Speaker{Speaker: false, Spoken: 812}) {
			t.Errorf("the one that was away gets %+v", got)
		}
	})
}

func TestAScreenThatWasCutOffReportsWhatItSpoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		s.Renew(hall, "a", 5)
		time.Sleep(fleet.SpeakerLease)
		s.Renew(hall, "b", 5)
		s.Renew(hall, "a", 7)
		if got := s.Renew(hall, "b", 5); got != (fleet.Speaker{Speaker: true, Spoken: 7}) {
			t.Errorf("the speaker gets %+v; what another has spoken must not be said again", got)
		}
	})
}

func TestAScreenThatClosesHandsOverAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		s.Renew(hall, "a", 5)
		if got := s.Release(hall, "b", 0); got.Speaker || s.Of(hall) != "a" {
			t.Errorf("another screen took the lease away: %+v, %q", got, s.Of(hall))
		}
		s.Release(hall, "a", 6)
		if got := s.Renew(hall, "b", 0); got != (fleet.Speaker{Speaker: true, Spoken: 6}) {
			t.Errorf("the next gets %+v", got)
		}
	})
}

func TestHallsDoNotShareASpeaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		if !s.Renew("an-cuu", "a", 1).Speaker || !s.Renew("kim-long", "b", 2).Speaker || s.Renew("an-cuu", "c", 0).Spoken != 1 {
			t.Error("one hall's speaker keeps another hall silent")
		}
	})
}
