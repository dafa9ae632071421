package sim

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// checker collects what the crowd saw and says which promise was broken.
type checker struct {
	mu      sync.Mutex
	broken  []string
	numbers map[string]string    // centre, day, number → ticket
	holder  map[string]int       // ticket → counter that holds it
	sent    map[string]time.Time // centre/call → when the call was asked for
	seen    map[string]int       // centre/call → screens that have shown it
	late    []lateArrival        // seen before the one who asked had the answer

	issue  *latencies
	call   *latencies
	screen *latencies
	phone  *latencies
}

func newChecker() *checker {
	return &checker{numbers: map[string]string{}, holder: map[string]int{}, sent: map[string]time.Time{}, seen: map[string]int{},
		issue: &latencies{}, call: &latencies{}, screen: &latencies{}, phone: &latencies{}}
}

// maxBroken is how many broken promises are listed; the rest is only counted.
const maxBroken = 50

func (k *checker) fault(format string, args ...any) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.broken = append(k.broken, fmt.Sprintf(format, args...))
}

// Broken lists the broken promises.
func (k *checker) list() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if n := len(k.broken); n > maxBroken {
		return append(k.broken[:maxBroken:maxBroken], fmt.Sprintf("and %d more", n-maxBroken))
	}
	return k.broken
}

// issued: no number twice in a centre and day.
func (k *checker) issued(center, day, number, ticket string) {
	key := center + " " + day + " " + number
	k.mu.Lock()
	other, twice := k.numbers[key]
	k.numbers[key] = ticket
	k.mu.Unlock()
	if twice && other != ticket {
		k.fault("no number twice: %s was given to %s and to %s", key, other, ticket)
	}
}

// taken: no ticket at two counters.
func (k *checker) taken(ticket, number string, counter int) {
	k.mu.Lock()
	other := k.holder[ticket]
	k.holder[ticket] = counter
	k.mu.Unlock()
	if other != 0 && other != counter {
		k.fault("no ticket at two counters: %s (%s) was called to %d while %d held it", number, ticket, counter, other)
	}
}

// released is said before a clerk lets a ticket go, because another may call it
// before the answer is back.
func (k *checker) released(ticket string) {
	k.mu.Lock()
	delete(k.holder, ticket)
	k.mu.Unlock()
}

func callKey(center string, call uint64) string { return fmt.Sprintf("%s/%d", center, call) }

// asked notes when a call was asked for. A screen may have it before the answer is here.
func (k *checker) asked(center string, call uint64, at time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := callKey(center, call)
	k.sent[key] = at
	k.late = slices.DeleteFunc(k.late, func(a lateArrival) bool {
		if a.key == key {
			a.to.add(a.at.Sub(at))
		}
		return a.key == key
	})
}

// lateArrival is a call seen before the answer to the one who asked for it.
type lateArrival struct {
	key string
	at  time.Time
	to  *latencies
}

// latencies collects durations.
type latencies struct {
	mu sync.Mutex
	d  []time.Duration
}

func (l *latencies) add(d time.Duration) {
	l.mu.Lock()
	l.d = append(l.d, max(d, 0))
	l.mu.Unlock()
}
