// Package api is the HTTP face of Mời Số: commands in, tickets and problem+json
// out, and the door to the sockets. routes.go is the manual: every route, who may
// use it and what it does.
//
// It promises:
//   - a command is answered only after the engine has made it durable;
//   - every refusal is one problem document (RFC 9457) with a stable code; the
//     codes stand in codes.go, and doc/errors.md is generated from them;
//   - nothing internal reaches a client: an unforeseen error is logged under the
//     request's id and answered as "internal";
//   - a body is at most 64 KiB of strict JSON: no unknown fields, no trailing
//     bytes, valid UTF-8;
//   - who may not use a route is refused before its body is read;
//   - a ticket's id opens that ticket: it is never written to the log;
//   - /openapi.json is made from the same types that decode and encode.
package api

//go:generate go test -run TestTheReferenceOfErrorsIsUpToDate . -update
