package hub

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"
)

// A client may send talk messages within talkWindow. A device reports every 15 s and
// at changes, so that who sends more is broken or means ill.
const (
	talk       = 30
	talkWindow = 10 * time.Second
)

var errTalkative = errors.New("hub: the client sends too many messages")

// upstream is what a socket's client says. It belongs to the socket's reader.
type upstream struct {
	take  func([]byte)
	since time.Duration // Hub.now when the present window began
	count int
}

// words lends memory for a message while it is handled: a socket at rest holds none.
var words = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func (u *upstream) read(r io.Reader, now time.Duration) error {
	if now-u.since > talkWindow {
		u.since, u.count = now, 0
	}
	if u.count++; u.count > talk {
		return errTalkative
	}
	buf := words.Get().(*bytes.Buffer)
	defer words.Put(buf)
	buf.Reset()
	if _, err := buf.ReadFrom(r); err != nil { // also more than MessageLimit
		return err
	}
	u.take(buf.Bytes())
	return nil
}
