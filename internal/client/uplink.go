package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// ErrNotConnected says that there is no connection to send on.
var ErrNotConnected = errors.New("client: there is no connection")

// uplinkTimeout is how long a message may take to leave.
const uplinkTimeout = 5 * time.Second

// Uplink sends messages on the connection that a watch has at the moment. What cannot
// be sent now is not kept: a device reports its state, and the next report is better.
type Uplink struct {
	mu sync.Mutex
	ws *websocket.Conn // nil while there is none
}

// use makes ws the connection; an Uplink of nil has no use for one.
func (u *Uplink) use(ws *websocket.Conn) {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.ws = ws
}

// Send sends v as JSON. ErrNotConnected comes back when there is no connection.
func (u *Uplink) Send(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("client: a message: %w", err)
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ws == nil {
		return ErrNotConnected
	}
	u.ws.SetWriteDeadline(time.Now().Add(uplinkTimeout))
	if err := u.ws.WriteMessage(websocket.TextMessage, text); err != nil {
		u.ws.Close() // gorilla takes no message after one that failed; the watch connects anew
		return fmt.Errorf("client: %w", err)
	}
	return nil
}
