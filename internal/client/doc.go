// Package client speaks the HTTP and WebSocket interface of a Mời Số server. The
// kiosk, the display and the simulator share it.
//
// # Promises
//
// A Client may be used by many goroutines. Every refusal of the server is an
// *Error with its stable code. Requests that are safe to repeat (reading, and
// commands with an idempotency key) are repeated as often as Options.Attempts
// allows, never sooner than the server's Retry-After; no other request is.
//
// Watch delivers the documents of a feed until its context ends, through any
// number of connections: each at most once, within an epoch in rising versions,
// and after every reconnection only what is news. It reconnects with growing
// pauses drawn at random, waits at least as long as Retry-After says, and gives
// up only when the server says that the request itself is wrong.
//
// A connection on which neither a document nor a heartbeat has come for the
// feed's patience is taken for dead and replaced, so a half-open link is found
// out. A watcher is told when what it shows has become stale, since when, and
// when it is fresh again; its functions are never called concurrently.
package client
