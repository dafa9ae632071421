package hub

import (
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Doc is one version of a topic's document.
type Doc struct {
	Epoch   string
	Version int64
	Bytes   []byte // a whole JSON document; not changed after Publish
}

// Topic names a stream of documents: a view, then what it is a view of, with
// slashes between: "board/C", "kiosk/C", "desk/C/N", "assist/C", "monitor/C",
// "ticket/C/ID", "city".
type Topic string

// View is the part of the topic before its first slash.
func (t Topic) View() string {
	view, _, _ := strings.Cut(string(t), "/")
	return view
}

// group is the topic up to and with its last slash: "ticket/C/".
func (t Topic) group() string {
	return string(t[:strings.LastIndexByte(string(t), '/')+1])
}

// Options configure a Hub. The zero value is usable.
type Options struct {
	MaxSockets int // of the process; 0 means 50,000
	MaxPerAddr int // of one client address (IPv6: one /64), loopback excepted; 0 means 500, below 0 no limit

	// Origins are allowed beside the request's own host, as "https://example.org".
	// A request without Origin is not from a page and passes.
	Origins []string

	// ClientAddr tells whose request it is; nil means the peer's address.
	ClientAddr func(*http.Request) netip.Addr

	// KeepLatest keeps the newest document of every topic also while nobody
	// watches it, for programs that have no other place to ask.
	KeepLatest bool

	PingEvery    time.Duration // 0 means 25 s
	Silence      time.Duration // a socket that answers no ping for so long is closed; 0 means 3 × PingEvery
	WriteTimeout time.Duration // for one message; 0 means 15 s
	ReadLimit    int64         // bytes of a client's message; 0 means 1,024
	MessageLimit int64         // the same where Subscription.Message takes them; 0 means 4 KiB
	Unsent       int           // bytes of a socket that may wait in the kernel for the network; 0 means 16 KiB
}

func (o Options) withDefaults() Options {
	if o.MaxSockets == 0 {
		o.MaxSockets = 50_000
	}
	if o.MaxPerAddr == 0 {
		o.MaxPerAddr = 500
	}
	if o.ClientAddr == nil {
		o.ClientAddr = peerAddr
	}
	if o.PingEvery == 0 {
		o.PingEvery = 25 * time.Second
	}
	if o.Silence == 0 {
		o.Silence = 3 * o.PingEvery
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 15 * time.Second
	}
	if o.ReadLimit == 0 {
		o.ReadLimit = 1024
	}
	if o.MessageLimit == 0 {
		o.MessageLimit = 4 << 10
	}
	if o.Unsent == 0 {
		o.Unsent = 16 << 10
	}
	return o
}

// Hub brings documents to sockets; see the package comment for its promises.
type Hub struct {
	opts  Options
	wheel *wheel
	stats counters
	start time.Time

	stale atomic.Pointer[time.Time] // of SetStale; nil while the source is there

	beatMu sync.Mutex
	beat   *frame // shared by all heartbeats of a moment
	beatAt time.Duration
	beatOf *time.Time

	// Guarded by mu, which is taken before any topic's mu.
	mu     sync.RWMutex
	groups map[string]map[Topic]*topic // by Topic.group; no empty group
	open   int                         // sockets that joined and have not left
	addrs  map[netip.Prefix]int        // of those, by address
	down   chan struct{}               // not nil once Shutdown began; closed when open is 0
	downed bool
}

// New makes a hub without sockets. It starts no goroutine until one is opened.
func New(o Options) *Hub {
	h := &Hub{
		opts:   o.withDefaults(),
		start:  time.Now(),
		groups: make(map[string]map[Topic]*topic),
		addrs:  make(map[netip.Prefix]int),
	}
	h.wheel = newWheel(h.visit)
	return h
}

// Publish makes d the newest document of the topic and sees to it that every
// subscriber gets it or a newer one. It does not wait. A version that is not
// above the newest known one of the same epoch is ignored; another epoch
// replaces whatever was there.
func (h *Hub) Publish(name Topic, d Doc) {
	t := h.lookup(name)
	if t == nil {
		if !h.opts.KeepLatest {
			return
		}
		h.mu.Lock()
		t = h.topic(name)
		h.mu.Unlock()
	}
	t.publish(d)
}

// Subscribers counts the sockets that watch the topic.
func (h *Hub) Subscribers(name Topic) int {
	t := h.lookup(name)
	if t == nil {
		return 0
	}
	return int(t.count.Load())
}

// Topics lists the topics with at least one subscriber that begin with prefix,
// in no order. A prefix of a whole group ("ticket/thuan-hoa/") costs no more than
// its answer.
func (h *Hub) Topics(prefix string) []Topic {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []Topic
	if strings.HasSuffix(prefix, "/") && !h.subgroups(prefix) {
		for name, t := range h.groups[prefix] {
			if t.count.Load() > 0 {
				out = append(out, name)
			}
		}
		return out
	}
	for _, g := range h.groups {
		for name, t := range g {
			if t.count.Load() > 0 && strings.HasPrefix(string(name), prefix) {
				out = append(out, name)
			}
		}
	}
	return out
}

// subgroups tells whether prefix may have groups below it: "ticket/" has,
// "ticket/thuan-hoa/" has not. THE CALLER MUST HOLD mu.
func (h *Hub) subgroups(prefix string) bool {
	return strings.Count(prefix, "/") < 2
}

// SetStale says that this program is cut off from its own source since then, or,
// with the zero time, that it is not. Heartbeats carry it to every page, the
// first at once.
func (h *Hub) SetStale(since time.Time) {
	if since.IsZero() {
		h.stale.Store(nil)
	} else {
		h.stale.Store(&since)
	}
	for _, s := range h.sockets() {
		s.want(wantBeat)
	}
}

// lookup finds a topic or nil.
func (h *Hub) lookup(name Topic) *topic {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.groups[name.group()][name]
}

// topic finds or makes a topic. THE CALLER MUST HOLD mu for writing.
func (h *Hub) topic(name Topic) *topic {
	g := h.groups[name.group()]
	if g == nil {
		g = make(map[Topic]*topic)
		h.groups[name.group()] = g
	}
	t := g[name]
	if t == nil {
		t = &topic{name: name, stats: &h.stats}
		g[name] = t
	}
	return t
}

// sockets lists all that joined.
func (h *Hub) sockets() []*socket {
	h.mu.RLock()
	defer h.mu.RUnlock()
	out := make([]*socket, 0, h.open)
	for _, g := range h.groups {
		for t := range maps.Values(g) {
			t.mu.Lock()
			out = append(out, t.subs...)
			t.mu.Unlock()
		}
	}
	return slices.Clip(out)
}

// now is the time since the hub was made, by the monotonic clock.
func (h *Hub) now() time.Duration { return time.Since(h.start) }
