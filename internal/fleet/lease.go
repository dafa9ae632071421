package fleet

import (
	"slices"
	"sync"
	"time"

	"moiso/internal/queue"
)

// SpeakerLease is how long a screen stays the speaker of its hall without asking
// again; it asks every SpeakerRenew. A call is spoken until it is CallYoung old.
const (
	SpeakerLease = 10 * time.Second
	SpeakerRenew = 3 * time.Second
	CallYoung    = time.Minute
)

// Speakers decides which screen of a hall speaks, and which of them says a call. Its
// zero value is ready, keeps all in memory, and is safe for concurrent use.
//
// It promises:
//
//   - At any moment one screen of a centre at most holds the lease, and only the one that
//     holds it may claim a call.
//   - A lease lapses SpeakerLease after the server last heard of it; whoever asks first
//     then has it.
//   - A call belongs to the screen that claimed it first, for ever, unless that screen
//     hands it back: it is said once. Claiming one's own again is answered as before,
//     because the answer may have been lost.
//   - A request that arrives after a later one of the same screen changes nothing.
//   - A screen that does not hear its answers does not keep the lease, however often it
//     asks: it could not speak.
//   - With a Keep, leases and claims outlive the server: after a restart the screen that
//     spoke goes on at once, another may begin SpeakerLease later, and what was claimed
//     stays so.
//
// A screen must count its lease from before it asked, and begin nothing that it does
// not end within it (assets/js/display/speech.js); then there are never two at once,
// whatever the network does.
type Speakers struct {
	o SpeakersOptions

	mu      sync.Mutex
	centers map[queue.CenterID]*speaker // guarded by mu
}

// SpeakersOptions are what outlives the server. All may be nil.
type SpeakersOptions struct {
	Now func() time.Time // nil is time.Now
	// Keep writes down what must not be forgotten. It is called with a lock held and
	// before anyone is answered.
	Keep func(Spoken) error
	// Kept is what was written down before, oldest first.
	Kept []Spoken
}

// Spoken is what outlives the server: who took the lease or gave it back (Call is 0), who
// claimed a call or handed it back.
type Spoken struct {
	Center queue.CenterID `json:"center"`
	Screen string         `json:"screen"` // "" when it was given back
	Call   uint64         `json:"call,omitempty"`
	At     time.Time      `json:"at"` // of the call, or of the lease
}

type speaker struct {
	screen  string
	until   time.Time
	claims  map[uint64]claim
	newest  uint64
	screens map[string]seen
}

// claim is a call that somebody is to say; screen "" was handed back. Numbers may be
// given again after a restore, hours are not.
type claim struct {
	screen string
	at     time.Time // when it was called, by the centre's clock
	old    time.Time // when it is too old to be said, by this room's
}

type seen struct {
	seq uint64
	at  time.Time
}

// Ask is what a screen wants.
type Ask struct {
	Screen  string
	Seq     uint64   // counts its requests from 1; 0 does not count
	Got     uint64   // the newest of them whose answer it has heard
	Release bool     // it will not speak for the present
	Back    []uint64 // calls that it claimed and did not begin

	Call    uint64        // to be claimed; 0 is none
	CallAt  time.Time     // when it was made; zero for one that there is not
	CallAge time.Duration // by the clock that stamped it
}

// Claims of a call, as they are answered.
const (
	ClaimYours = "yours" // say it
	ClaimTaken = "taken" // another screen says it
	ClaimOver  = "over"  // it is too old, was taken back, or is not known
)

// Speaker is the answer to a screen.
type Speaker struct {
	Speaker bool     `json:"speaker" doc:"Whether this screen speaks"`
	Lease   float64  `json:"lease_s" doc:"For how long from the moment it asked; 0 when it does not speak"`
	Claim   string   `json:"claim,omitempty" enum:"yours,taken,over" doc:"What became of the call it asked for; absent when it does not speak"`
	Spoken  uint64   `json:"spoken" doc:"The newest call that any screen of the hall has claimed"`
	Back    []uint64 `json:"back,omitempty" doc:"Calls that a screen claimed and handed back unsaid; whoever speaks may claim them"`
}

// NewSpeakers goes on from what was kept.
func NewSpeakers(o SpeakersOptions) *Speakers {
	s := &Speakers{o: o}
	for _, e := range o.Kept {
		k := s.center(e.Center)
		switch {
		case e.Call > 0:
			k.claims[e.Call] = claim{e.Screen, e.At, s.now().Add(CallYoung)}
			k.newest = max(k.newest, e.Call)
		case e.Screen == "":
			k.screen, k.until = "", time.Time{}
		default: // its lease may have been renewed a moment before the server went
			k.screen, k.until = e.Screen, s.now().Add(SpeakerLease)
		}
	}
	return s
}

// Ask takes or keeps the lease of a centre for a screen that hears, and claims the call that it is
// about to say. The answer holds also when the error says that it could not be kept:
// the hall must hear its calls from a server whose disk is full.
func (s *Speakers) Ask(center queue.CenterID, a Ask) (Speaker, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, now := s.center(center), s.now()
	k.forget(now)
	if late := k.screens[a.Screen].seq; a.Seq != 0 && a.Seq <= late {
		return k.answer(a, now, ""), nil
	}
	k.screens[a.Screen] = seen{a.Seq, now}
	err := s.handBack(center, k, a)
	switch {
	case k.screen != a.Screen && now.Before(k.until):
		return k.answer(a, now, ""), err
	case a.Release:
		if k.screen == a.Screen && k.screen != "" {
			k.screen, k.until = "", time.Time{}
			err = first(err, s.keep(Spoken{Center: center, At: now}))
		}
		return k.answer(a, now, ""), err
	}
	hears := a.Got+1 >= a.Seq
	if !hears && !now.Before(k.until) {
		return k.answer(a, now, ""), err
	}
	if k.screen != a.Screen {
		k.screen = a.Screen
		err = first(err, s.keep(Spoken{Center: center, Screen: a.Screen, At: now}))
	}
	if hears {
		k.until = now.Add(SpeakerLease)
	}
	said, kept := s.claim(center, k, a, now)
	return k.answer(a, now, said), first(err, kept)
}

// claim gives a call to the screen that holds the lease. THE CALLER MUST HOLD mu.
func (s *Speakers) claim(center queue.CenterID, k *speaker, a Ask, now time.Time) (string, error) {
	c := k.claims[a.Call]
	mine := c.screen == a.Screen && c.at.Equal(a.CallAt)
	switch {
	case a.Call == 0:
		return "", nil
	case a.CallAt.IsZero() || a.CallAge > CallYoung:
		return ClaimOver, nil
	case mine:
		return ClaimYours, nil
	case c.screen != "" && c.at.Equal(a.CallAt):
		return ClaimTaken, nil
	}
	k.claims[a.Call] = claim{a.Screen, a.CallAt, now.Add(CallYoung - a.CallAge)}
	k.newest = max(k.newest, a.Call)
	return ClaimYours, s.keep(Spoken{center, a.Screen, a.Call, a.CallAt})
}

// handBack frees the calls that a screen has claimed and not begun. THE CALLER MUST
// HOLD mu.
func (s *Speakers) handBack(center queue.CenterID, k *speaker, a Ask) (err error) {
	for _, n := range a.Back {
		if c := k.claims[n]; c.screen == a.Screen && c.screen != "" {
			k.claims[n] = claim{"", c.at, c.old}
			err = first(err, s.keep(Spoken{center, "", n, c.at}))
		}
	}
	return err
}

// answer says how things stand.
func (k *speaker) answer(a Ask, now time.Time, said string) Speaker {
	out := Speaker{Speaker: k.screen == a.Screen && now.Before(k.until), Claim: said, Spoken: k.newest}
	if !out.Speaker {
		return out
	}
	out.Lease = k.until.Sub(now).Truncate(time.Millisecond).Seconds()
	for n, c := range k.claims {
		if c.screen == "" && !now.After(c.old) {
			out.Back = append(out.Back, n)
		}
	}
	slices.Sort(out.Back)
	return out
}

// forget lets go of what can make no difference any more.
func (k *speaker) forget(now time.Time) {
	for n, c := range k.claims {
		if now.Sub(c.old) > CallYoung {
			delete(k.claims, n)
		}
	}
	for name, s := range k.screens {
		if now.Sub(s.at) > 2*CallYoung {
			delete(k.screens, name)
		}
	}
}

// Of is the screen that speaks in a centre now, "" for none.
func (s *Speakers) Of(center queue.CenterID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if k := s.centers[center]; k != nil && s.now().Before(k.until) {
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
		k = &speaker{claims: map[uint64]claim{}, screens: map[string]seen{}}
		s.centers[id] = k
	}
	return k
}

func (s *Speakers) now() time.Time {
	if s.o.Now != nil {
		return s.o.Now()
	}
	return time.Now()
}

func (s *Speakers) keep(e Spoken) error {
	if s.o.Keep == nil {
		return nil
	}
	return s.o.Keep(e)
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}
