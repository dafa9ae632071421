package hub

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
)

// bareHub is what the hub is measured against: a goroutine that owns the set of
// clients, and for every client a goroutine that reads, one that writes and a
// channel between. It is the usual pattern made as fast as it goes: the frame is
// encoded once, the client's channel holds one message, and a client that is slow
// loses messages instead of holding up the others. It knows no versions, no
// resumption, no heartbeat and no end.
type bareHub struct {
	register   chan *bareClient
	unregister chan *bareClient
	broadcast  chan *websocket.PreparedMessage
	stop       chan struct{}
	upgrader   websocket.Upgrader
	registered atomic.Int64
}

type bareClient struct {
	ws   *websocket.Conn
	send chan *websocket.PreparedMessage
}

func newBareHub() *bareHub {
	h := &bareHub{
		register:   make(chan *bareClient),
		unregister: make(chan *bareClient),
		broadcast:  make(chan *websocket.PreparedMessage),
		stop:       make(chan struct{}),
		upgrader:   websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024},
	}
	go h.run()
	return h
}

func (h *bareHub) run() {
	clients := make(map[*bareClient]bool)
	for {
		select {
		case c := <-h.register:
			clients[c] = true
			h.registered.Add(1)
		case c := <-h.unregister:
			if clients[c] {
				delete(clients, c)
				close(c.send)
			}
		case m := <-h.broadcast:
			for c := range clients {
				select {
				case c.send <- m:
				default:
				}
			}
		case <-h.stop:
			for c := range clients {
				close(c.send)
			}
			return
		}
	}
}

func (h *bareHub) publish(doc []byte) {
	m, err := websocket.NewPreparedMessage(websocket.TextMessage, doc)
	if err != nil {
		panic(err)
	}
	h.broadcast <- m
}

func (h *bareHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &bareClient{ws: ws, send: make(chan *websocket.PreparedMessage, 1)}
	h.register <- c
	go c.write()
	go c.read(h)
}

func (c *bareClient) write() {
	defer c.ws.Close()
	for m := range c.send {
		c.ws.SetWriteDeadline(time.Now().Add(10 * time.Second))
		if c.ws.WritePreparedMessage(m) != nil {
			return
		}
	}
}

func (c *bareClient) read(h *bareHub) {
	c.ws.SetReadLimit(512)
	for {
		if _, _, err := c.ws.NextReader(); err != nil {
			break
		}
	}
	select {
	case h.unregister <- c:
	case <-h.stop:
	}
}
