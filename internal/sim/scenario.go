package sim

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Service is a field as the crowd knows it.
type Service struct {
	ID      string
	Share   float64       // of all visits
	Service time.Duration // typical length of a visit
}

// Center is where a part of the crowd goes.
type Center struct {
	ID       string
	Tickets  int // visits of the day
	Services []Service
	Counters []Counter
}

// Counter is a desk and the services it takes.
type Counter struct {
	Number   int
	Services []string
}

// Behaviour says how people and clerks behave, as shares of visits.
type Behaviour struct {
	Priority float64 // belong to a priority group
	NoShow   float64 // do not come when called
	Return   float64 // of those, come back
	Transfer float64 // are sent on to another service
	Park     float64 // are parked once
	Recall   float64 // are called again before they come
	Cancel   float64 // give their place up
	PutBack  float64 // were called by mistake and are put back
	Finish   float64 // visits ended together with the next call
}

// DefaultBehaviour is an ordinary day.
func DefaultBehaviour() Behaviour {
	return Behaviour{Priority: 0.12, NoShow: 0.06, Return: 0.5, Transfer: 0.03, Park: 0.03, Recall: 0.15, Cancel: 0.02, PutBack: 0.01, Finish: 0.6}
}

// Scenario is a day to be played.
type Scenario struct {
	Name      string
	Centers   []Center
	Behaviour Behaviour
	Open      time.Duration // from the first to the last arrival
	Seed      uint64
}

// person is one visit, drawn before the day begins, so that a seed is a day.
type person struct {
	arrives  time.Duration // after the opening
	service  string
	priority bool
	visit    time.Duration
	noShow   bool
	returns  bool
	transfer string // service, "" for none
	park     bool
	recall   bool
	cancel   bool
	putBack  bool
	together bool // finish and call next in one command
}

// people draws the visits of a centre in order of arrival.
func (s Scenario) people(c Center) []person {
	// Each centre has its own stream of chance, so that one more ticket in one
	// centre changes nothing in another.
	h := uint64(14695981039346656037) // FNV-1a
	for _, b := range []byte(c.ID) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	r := rand.New(rand.NewPCG(s.Seed, h))
	served := map[string]bool{}
	for _, n := range c.Counters {
		for _, id := range n.Services {
			served[id] = true
		}
	}
	var choices []Service
	total := 0.0
	for _, v := range c.Services {
		if served[v.ID] {
			choices = append(choices, v)
			total += v.Share
		}
	}
	draw := func() Service {
		x := r.Float64() * total
		for _, v := range choices {
			if x -= v.Share; x < 0 {
				return v
			}
		}
		return choices[len(choices)-1]
	}
	b := s.Behaviour
	yes := func(share float64) bool { return r.Float64() < share }
	out := make([]person, c.Tickets)
	for i := range out {
		v := draw()
		p := person{arrives: time.Duration(arrival(r) * float64(s.Open)), service: v.ID, priority: yes(b.Priority), noShow: yes(b.NoShow),
			returns: yes(b.Return), park: yes(b.Park), recall: yes(b.Recall), cancel: yes(b.Cancel), putBack: yes(b.PutBack), together: yes(b.Finish)}
		// Visits are log-normal: most are short, a few are long.
		p.visit = time.Duration(float64(v.Service) * math.Exp(0.5*r.NormFloat64()-0.125))
		if yes(b.Transfer) {
			if to := draw(); to.ID != v.ID {
				p.transfer = to.ID
			}
		}
		out[i] = p
	}
	slices.SortStableFunc(out, func(a, b person) int { return cmp.Compare(a.arrives, b.arrives) })
	return out
}

// arrival draws a moment of the day, 0 to 1. The profile is a Vietnamese one-stop
// centre's: a line at the door, a morning peak, a pause at noon, a smaller afternoon.
func arrival(r *rand.Rand) float64 {
	switch x := r.Float64(); {
	case x < 0.08:
		return 0.01 * r.Float64() // those who wait at the door
	case x < 0.62:
		return clamp(0.16 + 0.09*r.NormFloat64()) // the morning peak
	case x < 0.70:
		return 0.40 + 0.18*r.Float64() // noon
	default:
		return clamp(0.74 + 0.10*r.NormFloat64()) // the afternoon
	}
}

func clamp(x float64) float64 { return min(max(x, 0), 1) }

// String names the scenario for a person.
func (s Scenario) String() string {
	tickets, counters := 0, 0
	for _, c := range s.Centers {
		tickets += c.Tickets
		counters += len(c.Counters)
	}
	return fmt.Sprintf("%s: %d tickets, %d centres, %d counters, seed %d", s.Name, tickets, len(s.Centers), counters, s.Seed)
}
