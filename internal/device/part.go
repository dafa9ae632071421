package device

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"moiso/internal/client"
	"moiso/internal/hub"
)

// Part is what a program does besides showing its page. Every member may be nil. The
// functions are not called concurrently, and should return soon.
type Part struct {
	// Handle answers requests of the page by pattern, in place of the server.
	Handle map[string]http.Handler
	// Document is told of every new document of the server, Beat of the server's clock
	// as it comes with each sign of life, Status of how well the connection is doing.
	Document func(text []byte, h client.Head)
	Beat     func(server time.Time)
	Status   func(client.Status)
	// Run runs beside the page until its context ends.
	Run func(context.Context) error
	// Last is the last known document, for a start without the server.
	Last []byte
}

// Center is the centre that the device belongs to.
func (d *Device) Center() string { return d.o.Center }

// Server is the address of the server.
func (d *Device) Server() string { return d.o.Server }

// Logger is where the device says what happens.
func (d *Device) Logger() *slog.Logger { return d.o.Logger }

// Use sets what the program does besides. It must be called before Run.
func (d *Device) Use(p Part) { d.part = p }

// answerLimit is the largest answer that Do reads, in bytes.
const answerLimit = 1 << 20

// errHalf is an answer that ended before it was whole.
var errHalf = errors.New("the answer was cut off")

// Answer is what the server said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do sends a request with the device's credential and reads the whole answer. An
// error says that none came: what was asked for may have been done or not.
func (d *Device) Do(ctx context.Context, method, path string, body []byte) (Answer, error) {
	path, query, _ := strings.Cut(path, "?")
	u := d.server.JoinPath(path)
	u.RawQuery = query
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	if method != http.MethodGet {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("User-Agent", "moiso-"+d.o.Role)
	if d.o.Token != "" {
		req.Header.Set("Authorization", "Bearer "+d.o.Token)
	}
	res, err := d.direct.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, answerLimit+1))
	if err != nil {
		return Answer{}, fmt.Errorf("%w: %w", errHalf, err)
	}
	if len(b) > answerLimit {
		return Answer{}, fmt.Errorf("the answer of %s has more than %d bytes", path, answerLimit)
	}
	return Answer{Status: res.StatusCode, Header: res.Header, Body: b}, nil
}

// Problem answers a request with a refusal (RFC 9457).
func Problem(w http.ResponseWriter, status int, code, detail string) {
	problem(w, status, code, detail)
}

// restore shows the last known document until a newer one comes, and says since when it
// may be out of date: since it was made.
func (d *Device) restore() time.Time {
	since := time.Now()
	if len(d.part.Last) == 0 {
		return since
	}
	h, err := client.ReadHead(d.part.Last)
	if err != nil || h.Epoch == "" {
		return since
	}
	var made struct{ At time.Time }
	if json.Unmarshal(d.part.Last, &made) == nil && !made.At.IsZero() && made.At.Before(since) {
		since = made.At
	}
	d.hub.Publish(d.topic, hub.Doc{Epoch: h.Epoch, Version: h.Version, Bytes: d.part.Last})
	return since
}
