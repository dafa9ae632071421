package fleet

import (
	"sync"
	"time"

	"moiso/internal/queue"
)

// SpeakerLease is how long a screen stays the speaker of its hall without asking
// again; it asks every SpeakerRenew.
const (
	SpeakerLease = 10 * time.Second
	SpeakerRenew = 3 * time.Second
)

// Speakers decides which screen of a hall speaks. Its zero value is ready, and safe
// for concurrent use.
//
// It promises:
//
//   - At any moment one screen of a centre at most holds the lease.
//   - A lease lapses SpeakerLease after it was last renewed; whoever asks first then
//     has it, and is told how far was spoken.
//   - What was spoken never goes back, whoever reports it.
//
// It is kept in memory: after a restart of the server the screens ask again within
// SpeakerRenew, and the one that speaks asks like the others.
type Speakers struct {
	mu      sync.Mutex
	centers map[queue.CenterID]*speaker // guarded by mu
}

type speaker struct {
	screen string
	until  time.Time
	spoken uint64
}

// Speaker is the answer to a screen.
type Speaker struct {
	Speaker bool   `json:"speaker" doc:"Whether this screen speaks"`
	Spoken  uint64 `json:"spoken" doc:"The newest call that any screen of the hall has spoken"`
}

// Renew takes or keeps the lease of a centre for a screen, which has spoken up to the
// call spoken.
func (s *Speakers) Renew(center queue.CenterID, screen string, spoken uint64) Speaker {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, now := s.center(center), time.Now()
	k.spoken = max(k.spoken, spoken)
	if k.screen != screen && now.Before(k.until) {
		return Speaker{false, k.spoken}
	}
	k.screen, k.until = screen, now.Add(SpeakerLease)
	return Speaker{true, k.spoken}
}

// Release gives the lease back, so that another screen need not wait for it to lapse.
func (s *Speakers) Release(center queue.CenterID, screen string, spoken uint64) Speaker {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.center(center)
	k.spoken = max(k.spoken, spoken)
	if k.screen == screen {
		k.screen, k.until = "", time.Time{}
	}
	return Speaker{false, k.spoken}
}

// Of is the screen that speaks in a centre now, "" for none.
func (s *Speakers) Of(center queue.CenterID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.centers[center]; k != nil && time.Now().Before(k.until) {
		return k.screen
	}
	return ""
}

// center finds what is known of a centre. THE CALLER MUST HOLD mu.
func (s *Speakers) center(id queue.CenterID) *speaker {
	k := s.centers[id]
	if k == nil {
		if s.centers == nil {
			s.centers = map[queue.CenterID]*speaker{}
		}
		k = &speaker{}
		s.centers[id] = k
	}
	return k
}
