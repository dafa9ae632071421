package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// phc is a password hash with its parameters, written in the PHC string format:
// $argon2id$v=19$m=19456,t=2,p=1$salt$hash
type phc struct {
	memoryKiB, passes uint32
	lanes             uint8
	salt, hash        []byte
}

// present are the parameters of new hashes: OWASP's password storage cheat sheet,
// 19 MiB, two passes, one lane. Hashes with others are renewed at the next login.
var present = phc{memoryKiB: 19 * 1024, passes: 2, lanes: 1}

const (
	saltLen = 16
	hashLen = 32
	// maxMemoryKiB bounds what a damaged store can make us allocate.
	maxMemoryKiB = 256 * 1024
)

func (p phc) String() string {
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.memoryKiB, p.passes, p.lanes,
		b.EncodeToString(p.salt), b.EncodeToString(p.hash))
}

func (p phc) sameParameters(o phc) bool {
	return p.memoryKiB == o.memoryKiB && p.passes == o.passes && p.lanes == o.lanes
}

func parsePHC(s string) (phc, error) {
	f := strings.Split(s, "$")
	if len(f) != 6 || f[0] != "" || f[1] != "argon2id" {
		return phc{}, fmt.Errorf("auth: not an argon2id hash")
	}
	if f[2] != "v="+strconv.Itoa(argon2.Version) {
		return phc{}, fmt.Errorf("auth: argon2 version %q is not known", f[2])
	}
	var p phc
	params := strings.Split(f[3], ",")
	if len(params) != 3 {
		return phc{}, fmt.Errorf("auth: hash parameters %q are not m, t and p", f[3])
	}
	var v [3]uint64
	for i, name := range []string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(params[i], name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || n < 1 {
			return phc{}, fmt.Errorf("auth: hash parameter %q is not %s and a number", params[i], name)
		}
		v[i] = n
	}
	if v[0] > maxMemoryKiB || v[1] > 16 || v[2] > 16 {
		return phc{}, fmt.Errorf("auth: hash parameters %q are out of bounds", f[3])
	}
	p.memoryKiB, p.passes, p.lanes = uint32(v[0]), uint32(v[1]), uint8(v[2])
	var err error
	if p.salt, err = base64.RawStdEncoding.Strict().DecodeString(f[4]); err != nil || len(p.salt) < 8 || len(p.salt) > 64 {
		return phc{}, fmt.Errorf("auth: the salt of a hash is damaged")
	}
	if p.hash, err = base64.RawStdEncoding.Strict().DecodeString(f[5]); err != nil || len(p.hash) < 16 || len(p.hash) > 64 {
		return phc{}, fmt.Errorf("auth: a hash is damaged")
	}
	return p, nil
}

// hasher runs few derivations at a time, because each takes 19 MiB and a core for
// tens of milliseconds: a crowd of logins must not starve the counters.
type hasher struct {
	params  phc // of new hashes
	slots   chan struct{}
	waiting atomic.Int32
	unknown phc // what the password of an unknown user is compared with
	runs    atomic.Int64
}

const maxWaitingLogins = 64

func newHasher(params phc) *hasher {
	h := &hasher{params: params, slots: make(chan struct{}, min(4, max(1, runtime.GOMAXPROCS(0)))), unknown: params}
	h.unknown.salt, h.unknown.hash = randomBytes(saltLen), randomBytes(hashLen)
	return h
}

// enter waits for a slot; the caller calls the function it gets when done.
func (h *hasher) enter(ctx context.Context) (func(), error) {
	if h.waiting.Add(1) > maxWaitingLogins {
		h.waiting.Add(-1)
		return nil, retryLater(refuse(ErrBusy, "too many people are signing in at once; try again in a moment"), 2*time.Second)
	}
	defer h.waiting.Add(-1)
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// derive hashes a password with p's parameters and salt. A password is put into
// NFC first: Vietnamese keyboards disagree on how to compose "ế".
func (h *hasher) derive(p phc, password string, n int) []byte {
	h.runs.Add(1)
	return argon2.IDKey([]byte(norm.NFC.String(password)), p.salt, p.passes, p.memoryKiB, p.lanes, uint32(n))
}

// hash makes a new hash. THE CALLER MUST HAVE ENTERED.
func (h *hasher) hash(password string) phc {
	p := h.params
	p.salt = randomBytes(saltLen)
	p.hash = h.derive(p, password, hashLen)
	return p
}

// match compares a password with a hash in constant time. THE CALLER MUST HAVE ENTERED.
func (h *hasher) match(p phc, password string) bool {
	return subtle.ConstantTimeCompare(h.derive(p, password, len(p.hash)), p.hash) == 1
}

// make hashes a password when there is a slot.
func (h *hasher) make(ctx context.Context, password string) (string, error) {
	leave, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	return h.hash(password).String(), nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails, see crypto/rand
	return b
}

// crockford spells random bits in lower case, for ids and tokens that people copy.
const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

func randomText(n int) string {
	b := randomBytes(n)
	for i := range b {
		b[i] = crockford[b[i]&31]
	}
	return string(b)
}
