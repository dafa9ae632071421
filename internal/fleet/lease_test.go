package fleet_test

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"moiso/internal/fleet"
)

const hall = "thuan-hoa"

// ask asks a room that keeps nothing.
func ask(t *testing.T, s *fleet.Speakers, a fleet.Ask) fleet.Speaker {
	t.Helper()
	got, err := s.Ask(hall, a)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// said is the wish to say a call that was made a moment ago.
func said(screen string, call uint64) fleet.Ask {
	return fleet.Ask{Screen: screen, Call: call, CallAt: time.Unix(1_700_000_000+int64(call), 0)}
}

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
					if ask(t, &s, fleet.Ask{Screen: name}).Speaker {
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

func TestALeaseLapsesAfterTenSecondsAndTheNextScreenSaysWhatNobodyClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		if got := ask(t, &s, said("a", 811)); got.Claim != fleet.ClaimYours || got.Lease != 10 {
			t.Fatalf("the first to ask gets %+v", got)
		}
		time.Sleep(fleet.SpeakerLease - time.Millisecond)
		if got := ask(t, &s, said("b", 811)); got.Speaker || got.Claim != "" || got.Lease != 0 || s.Of(hall) != "a" {
			t.Errorf("before the lease lapses another gets %+v", got)
		}
		time.Sleep(time.Millisecond)
		if s.Of(hall) != "" {
			t.Errorf("after ten seconds the speaker is %q", s.Of(hall))
		}
		if got := ask(t, &s, said("b", 811)); !got.Speaker || got.Claim != fleet.ClaimTaken || got.Spoken != 811 {
			t.Errorf("what the one before claimed: %+v", got)
		}
		if got := ask(t, &s, said("b", 812)); got.Claim != fleet.ClaimYours {
			t.Errorf("what nobody claimed: %+v", got)
		}
		// The first comes back: it is not the speaker, and may claim nothing.
		if got := ask(t, &s, said("a", 813)); got.Speaker || got.Claim != "" {
			t.Errorf("the one that was away gets %+v", got)
		}
	})
}

func TestAClaimWhoseAnswerWasLostIsAnsweredAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		for range 3 {
			if got := ask(t, &s, said("a", 5)); got.Claim != fleet.ClaimYours {
				t.Errorf("its own claim: %+v", got)
			}
		}
		time.Sleep(30 * time.Second) // nobody else asked: it is the speaker still
		if got := ask(t, &s, said("a", 5)); got.Claim != fleet.ClaimYours {
			t.Errorf("when its link is back: %+v", got)
		}
	})
}

func TestWhatWasClaimedAndNotBegunIsHandedBackToWhoeverSpeaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		ask(t, &s, said("a", 5)) // and the answer is lost
		time.Sleep(fleet.SpeakerLease)
		ask(t, &s, said("b", 6))
		if got := ask(t, &s, fleet.Ask{Screen: "b", Back: []uint64{5}}); len(got.Back) != 0 {
			t.Errorf("another hands it back: %+v", got)
		}
		ask(t, &s, fleet.Ask{Screen: "a", Back: []uint64{5, 6, 7}})
		if got := ask(t, &s, fleet.Ask{Screen: "b"}); !reflect.DeepEqual(got.Back, []uint64{5}) {
			t.Errorf("handed back are %v, want 5", got.Back)
		}
		if got := ask(t, &s, said("b", 5)); got.Claim != fleet.ClaimYours || len(got.Back) != 0 {
			t.Errorf("the successor claims it: %+v", got)
		}
	})
}

func TestARequestThatIsLateChangesNothing(t *testing.T) {
	var s fleet.Speakers
	a := said("a", 5)
	a.Seq, a.Got = 3, 2
	ask(t, &s, a)
	for _, late := range []fleet.Ask{{Screen: "a", Seq: 2, Back: []uint64{5}}, {Screen: "a", Seq: 1, Release: true}, {Screen: "a", Seq: 3, Call: 6, CallAt: time.Unix(1, 0)}} {
		if got := ask(t, &s, late); !got.Speaker || got.Claim != "" || len(got.Back) != 0 {
			t.Errorf("%+v is answered %+v", late, got)
		}
	}
}

func TestAScreenThatHearsNoAnswersDoesNotKeepTheLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s fleet.Speakers
		ask(t, &s, fleet.Ask{Screen: "a", Seq: 1})
		for seq := uint64(2); seq < 5; seq++ { // its answers are lost
			time.Sleep(fleet.SpeakerRenew)
			ask(t, &s, fleet.Ask{Screen: "a", Seq: seq})
		}
		time.Sleep(4 * time.Second)
		if got := ask(t, &s, fleet.Ask{Screen: "a", Seq: 5}); got.Speaker {
			t.Errorf("it takes the lease again: %+v", got)
		}
		if got := ask(t, &s, fleet.Ask{Screen: "b", Seq: 1}); !got.Speaker {
			t.Errorf("another gets %+v", got)
		}
	})
}

func TestACallThatIsOldOrUnknownIsNotSaid(t *testing.T) {
	var s fleet.Speakers
	old := said("a", 5)
	old.CallAge = fleet.CallYoung + time.Millisecond
	for _, a := range []fleet.Ask{old, {Screen: "a", Call: 6}} {
		if got := ask(t, &s, a); got.Claim != fleet.ClaimOver {
			t.Errorf("%+v is answered %+v", a, got)
		}
	}
	// After a restore its number is another person's.
	ask(t, &s, said("a", 7))
	s.Ask(hall, fleet.Ask{Screen: "a", Release: true})
	other := said("b", 7)
	other.CallAt = other.CallAt.Add(time.Hour)
	if got := ask(t, &s, other); got.Claim != fleet.ClaimYours {
		t.Errorf("another call of the same number: %+v", got)
	}
}

func TestAScreenThatClosesHandsOverAtOnce(t *testing.T) {
	var s fleet.Speakers
	ask(t, &s, fleet.Ask{Screen: "a"})
	if got := ask(t, &s, fleet.Ask{Screen: "b", Release: true}); got.Speaker || s.Of(hall) != "a" {
		t.Errorf("another screen took the lease away: %+v, %q", got, s.Of(hall))
	}
	ask(t, &s, fleet.Ask{Screen: "a", Release: true})
	if got := ask(t, &s, fleet.Ask{Screen: "b"}); !got.Speaker {
		t.Errorf("the next gets %+v", got)
	}
}

func TestHallsDoNotShareASpeaker(t *testing.T) {
	var s fleet.Speakers
	for _, c := range []struct{ hall, screen string }{{"an-cuu", "a"}, {"kim-long", "b"}} {
		if got, err := s.Ask("an-cuu", fleet.Ask{Screen: "a"}); err != nil || !got.Speaker {
			t.Errorf("%v: %+v %v", c, got, err)
		}
	}
}

func TestAfterARestartTheSpeakerGoesOnAndNothingIsSaidTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept []fleet.Spoken
		s := fleet.NewSpeakers(fleet.SpeakersOptions{Keep: func(e fleet.Spoken) error { kept = append(kept, e); return nil }})
		ask(t, s, said("a", 5))
		ask(t, s, said("a", 6))
		ask(t, s, fleet.Ask{Screen: "a", Back: []uint64{6}})
		for range 10 {
			ask(t, s, fleet.Ask{Screen: "a"}) // a renewal is not written down
		}
		if len(kept) != 4 {
			t.Errorf("kept are %v", kept)
		}
		s = fleet.NewSpeakers(fleet.SpeakersOptions{Kept: kept})
		if got := ask(t, s, fleet.Ask{Screen: "b"}); got.Speaker {
			t.Error("another begins while the one that spoke may speak still")
		}
		if got := ask(t, s, said("a", 5)); got.Claim != fleet.ClaimYours || !reflect.DeepEqual(got.Back, []uint64{6}) {
			t.Errorf("the speaker gets %+v", got)
		}
		time.Sleep(fleet.SpeakerLease)
		if got := ask(t, s, said("b", 5)); got.Claim != fleet.ClaimTaken {
			t.Errorf("another says it too: %+v", got)
		}

		// One that had given the lease back keeps nobody waiting.
		s = fleet.NewSpeakers(fleet.SpeakersOptions{Kept: append(kept, fleet.Spoken{Center: hall})})
		if got := ask(t, s, said("b", 6)); got.Claim != fleet.ClaimYours {
			t.Errorf("the first to ask gets %+v", got)
		}
	})
}

func TestWhatCannotBeKeptIsSaidAllTheSame(t *testing.T) {
	full := errors.New("no space left on device")
	s := fleet.NewSpeakers(fleet.SpeakersOptions{Keep: func(fleet.Spoken) error { return full }})
	if got, err := s.Ask(hall, said("a", 5)); got.Claim != fleet.ClaimYours || !errors.Is(err, full) {
		t.Errorf("it gets %+v, %v", got, err)
	}
}
