package auth

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"moiso/internal/directory"
)

// Find, Commit and Delete make the side store a store of scs. Tokens come hashed.

// Find gives a session that is not over.
func (s *store) Find(key string) ([]byte, bool, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, ok := s.sessions[key]
	if !ok || !time.Now().Before(v.Expires) {
		return nil, false, nil
	}
	return v.Data, true, nil
}

// Commit keeps a session until its expiry.
func (s *store) Commit(key string, data []byte, expires time.Time) error {
	s.write.Lock()
	defer s.write.Unlock()
	v := session{Expires: expires, Data: data}
	return s.commit(func() { s.sessions[key] = v }, change{bucketSessions, []byte(key), v})
}

// Delete forgets a session; one that is not there is forgotten already.
func (s *store) Delete(key string) error {
	s.write.Lock()
	defer s.write.Unlock()
	return s.commit(func() { delete(s.sessions, key) }, change{bucketSessions, []byte(key), nil})
}

func (s *store) countSessions() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.sessions)
}

// visit is what a session holds.
type visit struct {
	Account directory.AccountID `json:"a,omitempty"`
	Gen     int                 `json:"g,omitempty"` // of the account, at sign-in
	Browser string              `json:"b,omitempty"` // id of a demo browser
	Devices []Grant             `json:"d,omitempty"` // what it may stand in for
	Seen    int64               `json:"s"`           // unix seconds of the last write
}

const visitKey = "visit"

// visitCodec writes a session as JSON of one visit.
type visitCodec struct{}

type visitWire struct {
	Deadline time.Time `json:"t"`
	Visit    visit     `json:"v"`
}

func (visitCodec) Encode(deadline time.Time, values map[string]any) ([]byte, error) {
	v, _ := values[visitKey].(visit)
	return json.Marshal(visitWire{Deadline: deadline, Visit: v})
}

func (visitCodec) Decode(b []byte) (time.Time, map[string]any, error) {
	var w visitWire
	if err := json.Unmarshal(b, &w); err != nil {
		return time.Time{}, nil, fmt.Errorf("auth: a session is damaged: %w", err)
	}
	return w.Deadline, map[string]any{visitKey: w.Visit}, nil
}

// newSessions configures scs. The cookie goes when the browser closes, and is Lax
// rather than Strict so that a link from a poster or a mail finds a person signed in.
func newSessions(st *store, secure bool) *scs.SessionManager {
	// Not scs.New, which starts a goroutine for a store of its own.
	sm := &scs.SessionManager{Store: st, Codec: visitCodec{}, HashTokenInStore: true,
		IdleTimeout: sessionIdle, Lifetime: sessionLife,
		Cookie: scs.SessionCookie{Name: "moiso_session", Path: "/", Secure: secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}}
	if secure {
		sm.Cookie.Name = "__Host-moiso_session"
	}
	return sm
}
