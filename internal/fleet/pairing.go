package fleet

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"math/big"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Times and limits of pairing.
const (
	CodeLife   = 10 * time.Minute // then the device shows a new one
	GrantLife  = 2 * time.Minute  // how long a credential waits for its device
	CodeLength = 6
	// Alphabet of codes: capitals and digits that look and sound apart.
	Alphabet = "ACDEFHJKMNPQRTUVWXY34679"

	maxPending   = 2000 // of all addresses
	beginsMinute = 20   // of one address
	wrongMinute  = 10   // of one person
	tryAgain     = time.Minute
)

// Errors of pairing.
var (
	ErrWrongCode   = errors.New("fleet: no device shows this code")
	ErrPairingOver = errors.New("fleet: the pairing is over")
	ErrTooMany     = errors.New("fleet: too many attempts")
)

// Offer is a device that wants to be let in.
type Offer struct {
	Code    string
	Secret  string // known to the device alone; with it the device asks how it stands
	Role    string
	Version string
	Expires time.Time
}

// Grant is what an approved device receives.
type Grant struct {
	Token  string `json:"token"`
	Device string `json:"device"`
	Center string `json:"center"`
	Place  string `json:"place"`
	Role   string `json:"role"`
}

// Pairing holds the codes that devices show. Its zero value is ready, and safe for
// concurrent use.
//
// It promises:
//
//   - A code belongs to one device, lives for CodeLife and lets one device in.
//   - Who tries codes is stopped after a few wrong ones, and a right one counts for
//     nothing then.
//   - A credential is given to whoever has the secret that came with the code, and to
//     nobody else; also again for a while, because an answer can be lost on its way.
//   - What is over is forgotten: memory is bounded whoever asks.
type Pairing struct {
	mu      sync.Mutex
	pending map[string]*pending // by secret
	begins  map[netip.Prefix]*tally
	wrong   map[string]*tally // by who tried
}

type pending struct {
	Offer
	taken bool // somebody is approving it
	grant *Grant
}

// tally counts what happened within a minute.
type tally struct {
	since time.Time
	n     int
}

// Begin gives a device its code. wait says how long to wait after ErrTooMany.
func (p *Pairing) Begin(role, version string, from netip.Addr) (o Offer, wait time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.sweep(now)
	if p.begins == nil {
		p.begins, p.pending, p.wrong = map[netip.Prefix]*tally{}, map[string]*pending{}, map[string]*tally{}
	}
	if wait := count(p.begins, network(from), now, beginsMinute); wait > 0 {
		return Offer{}, wait, ErrTooMany
	}
	if len(p.pending) >= maxPending {
		return Offer{}, tryAgain, ErrTooMany
	}
	o = Offer{Secret: secret(), Role: role, Version: version, Expires: now.Add(CodeLife)}
	for o.Code == "" || p.byCode(o.Code) != nil {
		o.Code = code()
	}
	p.pending[o.Secret] = &pending{Offer: o}
	return o, 0, nil
}

// Poll says how a device stands: its offer while it waits, its grant once approved,
// ErrPairingOver when it must begin anew.
func (p *Pairing) Poll(secret string) (Offer, *Grant, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(time.Now())
	d := p.pending[secret]
	if d == nil {
		return Offer{}, nil, ErrPairingOver
	}
	return d.Offer, d.grant, nil
}

// Take reserves the device that shows a code for whoever approves it; one of Approve
// and Leave must follow. who is counted for wrong codes.
func (p *Pairing) Take(code, who string) (o Offer, wait time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.sweep(now)
	if p.wrong == nil {
		p.wrong = map[string]*tally{}
	}
	if t := p.wrong[who]; t != nil && t.n >= wrongMinute {
		return Offer{}, t.since.Add(tryAgain).Sub(now), ErrTooMany
	}
	d := p.byCode(Normal(code))
	if d == nil || d.taken || d.grant != nil {
		count(p.wrong, who, now, wrongMinute)
		return Offer{}, 0, ErrWrongCode
	}
	d.taken = true
	return d.Offer, 0, nil
}

// Leave gives a reserved device back: it was not approved after all.
func (p *Pairing) Leave(o Offer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.pending[o.Secret]; d != nil {
		d.taken = false
	}
}

// Approve has the grant wait for its device.
func (p *Pairing) Approve(o Offer, g Grant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.pending[o.Secret]
	if d == nil { // its time ended meanwhile; it was promised that it would be heard
		d = &pending{Offer: o}
		p.pending[o.Secret] = d
	}
	d.grant, d.taken, d.Expires = &g, false, time.Now().Add(GrantLife)
}

// Waiting counts the devices that show a code.
func (p *Pairing) Waiting() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sweep(time.Now())
	return len(p.pending)
}

// Normal is a code as it is compared: whatever was typed between and in lower case.
func Normal(code string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ' || r == '-':
			return -1
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return r
	}, code)
}

// byCode finds a device without telling by its time how much of a code is right. THE
// CALLER MUST HOLD mu.
func (p *Pairing) byCode(code string) *pending {
	var found *pending
	for _, d := range p.pending {
		if subtle.ConstantTimeCompare([]byte(d.Code), []byte(code)) == 1 {
			found = d
		}
	}
	return found
}

// sweep forgets what is over. THE CALLER MUST HOLD mu.
func (p *Pairing) sweep(now time.Time) {
	for k, d := range p.pending {
		if !now.Before(d.Expires) {
			delete(p.pending, k)
		}
	}
	for k, t := range p.begins {
		if now.Sub(t.since) >= tryAgain {
			delete(p.begins, k)
		}
	}
	for k, t := range p.wrong {
		if now.Sub(t.since) >= tryAgain {
			delete(p.wrong, k)
		}
	}
}

// count adds one and says how long to wait when there were too many.
func count[K comparable](of map[K]*tally, k K, now time.Time, most int) time.Duration {
	t := of[k]
	if t == nil {
		t = &tally{since: now}
		of[k] = t
	}
	if t.n >= most {
		return t.since.Add(tryAgain).Sub(now)
	}
	t.n++
	return 0
}

// network is what counts as one address: hosts own whole /64 networks of IPv6.
func network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // the unknown address is one address too
	}
	return p
}

func secret() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

func code() string {
	b := make([]byte, CodeLength)
	for i := range b {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(Alphabet))))
		if err != nil {
			panic(err) // crypto/rand never fails
		}
		b[i] = Alphabet[n.Int64()]
	}
	return string(b)
}
