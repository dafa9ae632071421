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
	sent    map[string]askedCall // centre/call → what a clerk asked for and was answered
	seen    map[string]int       // centre/call → screens that have shown it
	late    []lateArrival        // seen before the one who asked had the answer

	issue  *latencies
	call   *latencies
	screen *latencies
	phone  *latencies
}

func newChecker() *checker {
	return &checker{numbers: map[string]string{}, holder: map[string]int{}, sent: map[string]askedCall{}, seen: map[string]int{},
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
		k.fault("no number twice: %s of %s was given on %s to %s and to %s", number, center, day, other, ticket)
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

// askedCall is a call as its clerk was answered.
type askedCall struct {
	at      time.Time // when it was asked for
	number  string
	counter int
}

// asked notes a call. A screen may have it before the answer is here.
func (k *checker) asked(center string, call uint64, a askedCall) {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := callKey(center, call)
	if other, twice := k.sent[key]; twice {
		k.broken = append(k.broken, fmt.Sprintf("no call number twice: call %s of %s was given to %s and to %s", fmt.Sprint(call), center, other.number, a.number))
	}
	k.sent[key] = a
	k.late = slices.DeleteFunc(k.late, func(l lateArrival) bool {
		if l.key == key {
			l.to.add(l.at.Sub(a.at))
		}
		return l.key == key
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
