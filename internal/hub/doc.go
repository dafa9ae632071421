// Package hub brings versioned documents to WebSockets. It is the only server
// side of the project that knows gorilla/websocket.
//
// A topic ("board/thuan-hoa") is a stream of whole JSON documents of which only
// the newest matters. A socket watches one topic. The hub keeps no list of what
// a socket has missed: a socket knows the version it was last given, the topic
// knows its newest document, and whenever the two differ the newest is sent.
//
// # Promises
//
// Order: a socket receives the versions of an epoch in rising order, each at
// most once, and the newest of them in the end.
//
// Slowness: a socket that does not take its bytes skips to the newest document
// when it takes bytes again; it delays neither Publish nor any other socket, and
// it costs at most one unsent document of memory.
//
// Publish: Publish never waits for a socket and may be called from many
// goroutines; a version that is not above the newest of its epoch is ignored. A
// document of a topic that nobody watches is neither encoded nor, unless
// Options.KeepLatest, kept.
//
// First document: Serve joins the topic first and asks Subscription.Latest
// afterwards, so a writer that changes its state, then asks Subscribers, then
// publishes, leaves no gap: either it sees the new subscriber, or Latest sees
// the change.
//
// Resumption: a socket that names the epoch and version which are still the
// newest is sent a heartbeat at once and no document.
//
// Upstream: what a client sends is given to Subscription.Message, whole and in
// order; a message above the limit, or more messages than a device has reason to
// send, close the socket, and neither reaches Message.
//
// Life: every socket is sent a text heartbeat at its own interval and pings,
// both from one shared timer; one that stays silent, or does not take a message
// within the write timeout, is closed.
//
// End: Shutdown tells every socket 1001 and a reason, waits for the farewells as
// long as its context allows, and cuts the rest. The hub opens no socket after it.
//
// # How
//
// Goroutines: a socket at rest owns one goroutine, its reader, on a small stack,
// and no write buffer. Serve returns when the socket is open, so that net/http's
// goroutine and its two 4 KB buffers are released. Sending is done by whoever has
// something new, without blocking: a walk over the topic's sockets for a
// document, the wheel for heartbeats. Only a socket whose kernel buffer is full
// (or that is not plain TCP, so that writing may block) is given a goroutine, for
// as long as something is unsent. Who may write is decided by socket.work.
package hub
