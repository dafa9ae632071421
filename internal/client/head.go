package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Head is what has to be known of a message to handle it.
type Head struct {
	Epoch      string
	Version    int64
	Heartbeat  time.Time // zero for a document
	StaleSince time.Time // of a heartbeat: the sender is cut off from its source
}

func (h Head) beat() bool { return !h.Heartbeat.IsZero() }

// newer tells whether h is news to one who has have: of another epoch, or above
// its version. What is neither document nor heartbeat is no news.
func (h Head) newer(have Head) bool {
	return h.Epoch != "" && (h.Epoch != have.Epoch || h.Version > have.Version)
}

var errNotObject = errors.New("not a JSON object")

// ReadHead reads the head of a message without decoding the rest: a document opens
// with it, so that a small part of the text is looked at. Whether the rest is JSON
// is for whoever decodes it.
func ReadHead(text []byte) (Head, error) {
	var h Head
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return h, errNotObject
	}
	seen := 0
	for seen < 2 && dec.More() {
		key, err := dec.Token()
		if err != nil {
			return h, err
		}
		var into any
		switch key {
		case "epoch":
			into, seen = &h.Epoch, seen+1
		case "version":
			into, seen = &h.Version, seen+1
		case "heartbeat":
			into = &h.Heartbeat
		case "stale_since":
			into = &h.StaleSince
		default:
			into = new(json.RawMessage)
		}
		if err := dec.Decode(into); err != nil {
			return h, fmt.Errorf("%s: %w", strconv.Quote(key.(string)), err)
		}
	}
	return h, nil
}
