package hub

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"
)

// frame is a message that many sockets send. It is encoded by the first of them.
type frame struct {
	kind int // websocket.TextMessage …
	doc  Doc
	seq  uint64 // counts the documents of a topic

	once sync.Once
	msg  *websocket.PreparedMessage
	err  error
}

func (f *frame) prepared() (*websocket.PreparedMessage, error) {
	f.once.Do(func() { f.msg, f.err = websocket.NewPreparedMessage(f.kind, f.doc.Bytes) })
	return f.msg, f.err
}

// The states of topic.walk and socket.work: one goroutine at most is at work, and
// whoever finds it at work leaves word that there is more.
const (
	idle uint32 = iota
	busy
	more
	dead // sockets only: nothing will be sent any more
)

// topic is a stream of documents and the sockets that watch it.
type topic struct {
	name  Topic
	stats *counters

	latest atomic.Pointer[frame] // replaced under mu; nil before the first document
	count  atomic.Int32          // len(subs)
	walk   atomic.Uint32

	mu     sync.Mutex
	seq    uint64
	subs   []*socket // socket.place is its index here
	cursor int       // of the walk: places below it are still to be visited
}

// publish makes d the newest unless a version as new is known.
func (t *topic) publish(d Doc) {
	t.put(d, func(cur Doc) bool { return d.Epoch != cur.Epoch || d.Version > cur.Version })
}

// offer is publish for a document that was asked for, not pushed: it may have
// been overtaken by another epoch and then must not replace it.
func (t *topic) offer(d Doc) {
	t.put(d, func(cur Doc) bool { return d.Epoch == cur.Epoch && d.Version > cur.Version })
}

func (t *topic) put(d Doc, newer func(cur Doc) bool) {
	t.mu.Lock()
	if cur := t.latest.Load(); cur != nil && !newer(cur.doc) {
		t.mu.Unlock()
		return
	}
	t.seq++
	t.latest.Store(&frame{kind: websocket.TextMessage, doc: d, seq: t.seq})
	watched := len(t.subs) > 0
	t.mu.Unlock()
	t.stats.published.Add(1)
	if watched && raise(&t.walk) {
		go t.fanOut()
	}
}

// raise notes that there is work and tells whether the caller has to do it.
func raise(state *atomic.Uint32) bool {
	for {
		switch s := state.Load(); s {
		case idle:
			if state.CompareAndSwap(idle, busy) {
				return true
			}
		case busy:
			if state.CompareAndSwap(busy, more) {
				return false
			}
		default:
			return false
		}
	}
}

// rest ends the work unless more has come up meanwhile.
func rest(state *atomic.Uint32) bool {
	if state.CompareAndSwap(busy, idle) {
		return true
	}
	state.CompareAndSwap(more, busy)
	return false
}

// fanOut visits every socket, again as long as documents come. A document that
// comes during a pass is sent to the sockets the pass has still to visit and by
// the next pass to the others: no socket starves however fast documents come.
func (t *topic) fanOut() {
	for {
		t.pass()
		if rest(&t.walk) {
			return
		}
	}
}

// stride is how many sockets a walker takes at a time: few enough that the screens of
// one hall are shared among the processors, many enough that mu is taken seldom.
const stride = 16

func (t *topic) pass() {
	t.mu.Lock()
	n := len(t.subs)
	t.cursor = n
	t.mu.Unlock()
	walkers := min(runtime.GOMAXPROCS(0), (n+stride-1)/stride)
	var wg sync.WaitGroup
	for range walkers - 1 {
		wg.Go(t.visitAll)
	}
	t.visitAll()
	wg.Wait()
}

// visitAll takes places from the top down: leaving fills a gap with the topmost
// socket, which was visited before, so that none is passed over.
func (t *topic) visitAll() {
	var batch [stride]*socket
	for {
		t.mu.Lock()
		top := min(t.cursor, len(t.subs))
		bottom := max(top-stride, 0)
		n := copy(batch[:], t.subs[bottom:top])
		t.cursor = bottom
		t.mu.Unlock()
		if n == 0 {
			return
		}
		for _, s := range batch[:n] {
			s.kick()
		}
	}
}

func (t *topic) join(s *socket) {
	t.mu.Lock()
	s.place = len(t.subs)
	t.subs = append(t.subs, s)
	t.count.Store(int32(len(t.subs)))
	t.mu.Unlock()
}

// leave takes s out and returns how many stay.
func (t *topic) leave(s *socket) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := len(t.subs) - 1
	moved := t.subs[last]
	t.subs[s.place] = moved
	moved.place = s.place
	t.subs[last] = nil
	t.subs = t.subs[:last]
	t.count.Store(int32(last))
	return last
}
