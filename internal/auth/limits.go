package auth

import (
	"net/netip"
	"sync"
	"time"
)

// Failed logins: after five in a row an account rests for 30 seconds, after
// twenty an address does; each further failure doubles the rest, to 15 minutes.
// What is quiet for an hour is forgotten. A login that succeeds takes back the
// failures of its account, at the account and at the address it came from: a
// whole office may share one address, and a person who mistypes must not lock it.
const (
	accountFailures = 5
	addressFailures = 20
	firstRest       = 30 * time.Second
	longestRest     = 15 * time.Minute
	forgetAfter     = time.Hour
	maxTracked      = 10_000
)

// limits are kept in memory: a restart forgives, and takes longer than a rest.
type limits struct {
	mu       sync.Mutex
	accounts map[string]*failures       // by folded user name, known or not
	address  map[netip.Prefix]*failures // IPv6 by /64, which one host can have all of
}

type failures struct {
	count int
	last  time.Time
	of    map[string]int // an address's failures by account
}

func newLimits() *limits {
	return &limits{accounts: map[string]*failures{}, address: map[netip.Prefix]*failures{}}
}

func network(a netip.Addr) netip.Prefix {
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the zero Prefix for an unknown address
	return p
}

func (f *failures) rest(limit int, now time.Time) time.Duration {
	if f == nil || f.count < limit {
		return 0
	}
	d := longestRest
	if n := f.count - limit; n < 5 {
		d = min(longestRest, firstRest<<n)
	}
	return max(0, f.last.Add(d).Sub(now))
}

// wait is how long a login of this account from this address must wait.
func (l *limits) wait(account string, addr netip.Addr, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.accounts[account].rest(accountFailures, now), l.address[network(addr)].rest(addressFailures, now))
}

// fail counts a failed login.
func (l *limits) fail(account string, addr netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	count(l.accounts, account, now).count++
	if p := network(addr); p.IsValid() {
		f := count(l.address, p, now)
		f.count++
		if f.of == nil {
			f.of = map[string]int{}
		}
		if len(f.of) < maxTracked/10 {
			f.of[account]++
		}
	}
}

// succeed takes back the failures of an account.
func (l *limits) succeed(account string, addr netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.accounts, account)
	if f := l.address[network(addr)]; f != nil {
		f.count -= f.of[account]
		delete(f.of, account)
	}
}

// count finds or makes an entry. When there are too many, those that are quiet
// go, and then the one that has been quiet longest.
func count[K comparable](m map[K]*failures, k K, now time.Time) *failures {
	f := m[k]
	if f != nil && now.Sub(f.last) >= forgetAfter {
		f = nil
	}
	if f == nil {
		if len(m) >= maxTracked {
			makeRoom(m, now)
		}
		f = &failures{}
		m[k] = f
	}
	f.last = now
	return f
}

func makeRoom[K comparable](m map[K]*failures, now time.Time) {
	var oldest K
	at := now.Add(time.Second)
	for k, f := range m {
		if now.Sub(f.last) >= forgetAfter {
			delete(m, k)
		} else if f.last.Before(at) {
			oldest, at = k, f.last
		}
	}
	if len(m) >= maxTracked {
		delete(m, oldest)
	}
}
