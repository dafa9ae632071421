package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"moiso/internal/directory"
)

// storeVersion is that of the file's layout.
const storeVersion = "1"

var (
	bucketMeta     = []byte("meta")
	bucketSecrets  = []byte("secrets")
	bucketTokens   = []byte("tokens")
	bucketSessions = []byte("sessions")
)

// secret is what the log of the city must not know of an account.
type secret struct {
	Username string `json:"u"`
	Name     string `json:"n,omitempty"`
	Hash     string `json:"h"` // PHC string
	// Gen grows when every session and token given so far must end. They carry
	// the generation they were given in, so that none slips through.
	Gen int `json:"g,omitempty"`
}

// token is a bearer token, kept under its SHA-256.
type token struct {
	Owner   string    `json:"o"` // account or device id
	Kind    Kind      `json:"k"`
	Gen     int       `json:"g,omitempty"` // of the account
	Created time.Time `json:"c"`
	Expires time.Time `json:"e,omitzero"`  // zero: until revoked
	Used    string    `json:"d,omitempty"` // last day of use, UTC
}

func (t token) over(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

// session is an encoded browser session, kept under the hash of its token.
type session struct {
	Expires time.Time `json:"e"`
	Data    []byte    `json:"b"`
}

// store is the erasable side store: everything is in memory, and written through.
// Its file frees what is deleted and writes over it in time.
type store struct {
	db *bolt.DB

	write sync.Mutex // held over a commit and the change in memory, so that they agree

	// Guarded by mu. Values are replaced, never changed in place.
	mu       sync.RWMutex
	secrets  map[directory.AccountID]secret
	names    map[string]directory.AccountID // by folded user name
	tokens   map[[32]byte]token
	sessions map[string]session
	setup    []byte // SHA-256 of the set-up token, nil when none
}

func openStore(path string, now time.Time) (*store, error) {
	db, err := bolt.Open(path, 0o600, &bolt.Options{Timeout: time.Second, FreelistType: bolt.FreelistMapType})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s", ErrLocked, path)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("auth: the folder %s is not writable", filepath.Dir(path))
	case err != nil:
		return nil, fmt.Errorf("auth: open %s: %w", path, err)
	}
	s := &store{db: db, secrets: map[directory.AccountID]secret{}, names: map[string]directory.AccountID{},
		tokens: map[[32]byte]token{}, sessions: map[string]session{}}
	if err := s.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w (%s)", err, path), db.Close())
	}
	if err := s.sweep(now); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return s, nil
}

func (s *store) close() error { return s.db.Close() }

// load makes the buckets of a new file and reads all there is.
func (s *store) load() error {
	fresh := false
	err := s.db.View(func(tx *bolt.Tx) error {
		b := tx.Bucket(bucketMeta)
		if fresh = b == nil; fresh {
			return nil
		}
		if v := string(b.Get([]byte("version"))); v != storeVersion {
			return fmt.Errorf("%w: layout %q, this program knows %s", ErrNewer, v, storeVersion)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if fresh || !s.has(bucketNotes) { // files made before there were notes
		if err := s.db.Update(makeBuckets); err != nil {
			return diskError(err)
		}
	}
	return s.db.View(func(tx *bolt.Tx) error {
		s.setup = slices.Clone(tx.Bucket(bucketMeta).Get([]byte("setup")))
		return errors.Join(
			each(tx, bucketSecrets, func(k []byte, v secret) {
				id := directory.AccountID(k)
				s.secrets[id], s.names[foldUsername(v.Username)] = v, id
			}),
			each(tx, bucketTokens, func(k []byte, v token) { s.tokens[[32]byte(k)] = v }),
			each(tx, bucketSessions, func(k []byte, v session) { s.sessions[string(k)] = v }))
	})
}

func makeBuckets(tx *bolt.Tx) error {
	for _, name := range [][]byte{bucketMeta, bucketSecrets, bucketTokens, bucketSessions, bucketNotes} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return tx.Bucket(bucketMeta).Put([]byte("version"), []byte(storeVersion))
}

func each[T any](tx *bolt.Tx, bucket []byte, f func(k []byte, v T)) error {
	b := tx.Bucket(bucket)
	if b == nil {
		return fmt.Errorf("auth: the bucket %s is missing", bucket)
	}
	return b.ForEach(func(k, raw []byte) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("auth: an entry of %s is damaged: %w", bucket, err)
		}
		if string(bucket) == string(bucketTokens) && len(k) != 32 {
			return fmt.Errorf("auth: an entry of %s is damaged", bucket)
		}
		f(k, v)
		return nil
	})
}

// diskError makes a refusal of a failed commit.
func diskError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: %w", refuse(ErrStorage, "the disk is full"), err)
	}
	return fmt.Errorf("%w: %w", ErrStorage, err)
}

// change is one key to put, or with a nil value to delete.
type change struct {
	bucket, key []byte
	value       any
}

// commit writes changes in one transaction and then calls apply under mu.
// THE CALLER MUST HOLD write.
func (s *store) commit(apply func(), changes ...change) error {
	err := s.db.Update(func(tx *bolt.Tx) error {
		for _, c := range changes {
			b := tx.Bucket(c.bucket)
			if c.value == nil {
				if err := b.Delete(c.key); err != nil {
					return err
				}
				continue
			}
			raw, isBytes := c.value.([]byte)
			if !isBytes {
				var err error
				if raw, err = json.Marshal(c.value); err != nil {
					return err
				}
			}
			if err := b.Put(c.key, raw); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return diskError(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	apply()
	return nil
}

// secret finds what is kept of an account.
func (s *store) secret(id directory.AccountID) (secret, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.secrets[id]
	return v, ok
}

// byName finds an account by its user name, in any case.
func (s *store) byName(username string) (directory.AccountID, secret, bool) {
	key := foldUsername(username)
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, ok := s.names[key]
	return id, s.secrets[id], ok
}

// putSecret keeps what edit makes of the present secret of an account, and ends
// sessions and tokens when the generation grew.
func (s *store) putSecret(id directory.AccountID, edit func(*secret)) error {
	s.write.Lock()
	defer s.write.Unlock()
	old, had := s.secret(id)
	v := old
	edit(&v)
	changes := []change{{bucketSecrets, []byte(id), v}}
	var gone [][32]byte
	if had && v.Gen != old.Gen {
		gone = s.tokensOf(string(id))
		for _, k := range gone {
			changes = append(changes, change{bucketTokens, k[:], nil})
		}
	}
	return s.commit(func() {
		if had {
			delete(s.names, foldUsername(old.Username))
		}
		s.secrets[id], s.names[foldUsername(v.Username)] = v, id
		for _, k := range gone {
			delete(s.tokens, k)
		}
	}, changes...)
}

// erase forgets everything of an account or a device.
func (s *store) erase(owner string) error {
	s.write.Lock()
	defer s.write.Unlock()
	id := directory.AccountID(owner)
	old, had := s.secret(id)
	changes := []change{{bucketSecrets, []byte(owner), nil}}
	gone := s.tokensOf(owner)
	for _, k := range gone {
		changes = append(changes, change{bucketTokens, k[:], nil})
	}
	return s.commit(func() {
		if had {
			delete(s.secrets, id)
			delete(s.names, foldUsername(old.Username))
		}
		for _, k := range gone {
			delete(s.tokens, k)
		}
	}, changes...)
}

// token finds a live token by its hash.
func (s *store) token(hash [32]byte, now time.Time) (token, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, ok := s.tokens[hash]
	return t, ok && !t.over(now)
}

// tokensOf lists the tokens of an owner, the oldest first.
func (s *store) tokensOf(owner string) [][32]byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out [][32]byte
	for k, t := range s.tokens {
		if t.Owner == owner {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b [32]byte) int { return s.tokens[a].Created.Compare(s.tokens[b].Created) })
	return out
}

// putToken keeps a token and drops the owner's oldest above the cap.
func (s *store) putToken(hash [32]byte, t token) error {
	s.write.Lock()
	defer s.write.Unlock()
	changes := []change{{bucketTokens, hash[:], t}}
	old := s.tokensOf(t.Owner)
	old = old[:max(0, len(old)+1-tokensAnOwner)]
	for _, k := range old {
		changes = append(changes, change{bucketTokens, k[:], nil})
	}
	return s.commit(func() {
		for _, k := range old {
			delete(s.tokens, k)
		}
		s.tokens[hash] = t
	}, changes...)
}

// useToken notes the day on which a token was used; once a day it costs a write.
func (s *store) useToken(hash [32]byte, day string) error {
	s.write.Lock()
	defer s.write.Unlock()
	s.mu.RLock()
	t, ok := s.tokens[hash]
	s.mu.RUnlock()
	if !ok || t.Used == day {
		return nil
	}
	t.Used = day
	return s.commit(func() { s.tokens[hash] = t }, change{bucketTokens, hash[:], t})
}

func (s *store) deleteToken(hash [32]byte) error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.commit(func() { delete(s.tokens, hash) }, change{bucketTokens, hash[:], nil})
}

// lastUse is the newest day on which a token of the owner was used.
func (s *store) lastUse(owner string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	last := ""
	for _, t := range s.tokens {
		if t.Owner == owner {
			last = max(last, t.Used)
		}
	}
	return last
}

// setSetup keeps the hash of the set-up token; nil forgets it.
func (s *store) setSetup(hash []byte) error {
	s.write.Lock()
	defer s.write.Unlock()
	c := change{bucketMeta, []byte("setup"), nil}
	if hash != nil {
		c.value = hash
	}
	return s.commit(func() { s.setup = hash }, c)
}

func (s *store) setupHash() []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.setup
}

func (s *store) has(bucket []byte) (yes bool) {
	_ = s.db.View(func(tx *bolt.Tx) error { yes = tx.Bucket(bucket) != nil; return nil })
	return yes
}

// sweep deletes sessions, tokens and notes whose time is over.
func (s *store) sweep(now time.Time) error {
	s.write.Lock()
	defer s.write.Unlock()
	changes, err := s.oldNotes(now)
	if err != nil {
		return err
	}
	s.mu.RLock()
	for k, v := range s.sessions {
		if !now.Before(v.Expires) {
			changes = append(changes, change{bucketSessions, []byte(k), nil})
		}
	}
	for k, t := range s.tokens {
		if t.over(now) {
			changes = append(changes, change{bucketTokens, slices.Clone(k[:]), nil})
		}
	}
	s.mu.RUnlock()
	if len(changes) == 0 {
		return nil
	}
	return s.commit(func() {
		maps.DeleteFunc(s.sessions, func(_ string, v session) bool { return !now.Before(v.Expires) })
		maps.DeleteFunc(s.tokens, func(_ [32]byte, t token) bool { return t.over(now) })
	}, changes...)
}

// accountsByName lists the ids of all accounts, in order of user name.
func (s *store) accountsByName() []directory.AccountID {
	s.mu.RLock()
	defer s.mu.RUnlock()
	ids := slices.Collect(maps.Keys(s.secrets))
	slices.SortFunc(ids, func(a, b directory.AccountID) int {
		return strings.Compare(foldUsername(s.secrets[a].Username), foldUsername(s.secrets[b].Username))
	})
	return ids
}
