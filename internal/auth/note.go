package auth

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	bolt "go.etcd.io/bbolt"
)

// A clerk's note on a visit may name a person in spite of what the page asks, so it
// stands here, where it can be erased, and never in the log. It is of use while the
// visit lasts and a little longer, and is forgotten by itself.
const (
	MaxNote  = 400 // bytes
	NoteLife = 48 * time.Hour
)

var bucketNotes = []byte("notes")

type note struct {
	Text    string    `json:"t"`
	Expires time.Time `json:"e"`
}

// Note is what a clerk wrote on a visit; "" for nothing.
func (a *Auth) Note(ticket string) (string, error) {
	var n note
	err := a.store.db.View(func(tx *bolt.Tx) error {
		raw := tx.Bucket(bucketNotes).Get([]byte(ticket))
		if raw == nil {
			return nil
		}
		if err := json.Unmarshal(raw, &n); err != nil {
			return fmt.Errorf("auth: the note on %s is damaged: %w", ticket, err)
		}
		return nil
	})
	if !time.Now().Before(n.Expires) {
		return "", err
	}
	return n.Text, err
}

// SetNote keeps a note on a visit in place of an older one; "" erases it.
func (a *Auth) SetNote(ticket, text string) error {
	if len(text) > MaxNote || !utf8.ValidString(text) {
		return invalid("note", "the note is not a text of at most %d bytes", MaxNote)
	}
	c := change{bucketNotes, []byte(ticket), nil}
	if text != "" {
		c.value = note{Text: text, Expires: time.Now().Add(NoteLife)}
	}
	a.store.write.Lock()
	defer a.store.write.Unlock()
	return a.store.commit(func() {}, c)
}

// oldNotes are those whose time is over.
func (s *store) oldNotes(now time.Time) ([]change, error) {
	var out []change
	err := s.db.View(func(tx *bolt.Tx) error {
		return each(tx, bucketNotes, func(k []byte, n note) {
			if !now.Before(n.Expires) {
				out = append(out, change{bucketNotes, append([]byte(nil), k...), nil})
			}
		})
	})
	return out, err
}
