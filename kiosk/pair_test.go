package main

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"moiso/internal/auth"
	"moiso/internal/client"
	"moiso/internal/directory"
	"moiso/internal/view"
)

// manager is a client who may let devices in.
func (w *world) manager() *client.Client {
	w.t.Helper()
	ctx := context.Background()
	_, err := w.auth.CreateAccount(ctx, auth.NewAccount{Username: "hoa", Name: "Hoa", Password: "một buổi sáng ở Huế", Roles: []auth.Grant{{Role: directory.Manager, Center: here}}})
	must(w.t, err)
	_, token, err := w.auth.Login(ctx, "hoa", "một buổi sáng ở Huế", auth.Addr(ctx))
	must(w.t, err)
	c, err := client.New(client.Options{Server: "http://" + w.addr, Token: token})
	must(w.t, err)
	return c
}

// pair waits for the kiosk's code and lets it in.
func (m *machineUnderTest) pair(manager *client.Client) view.Device {
	m.t.Helper()
	code := ""
	eventually(m.t, "the kiosk shows a code", func() bool {
		_, doc := m.get("/local/state")
		p, _ := doc["pairing"].(map[string]any)
		code, _ = p["code"].(string)
		return code != ""
	})
	d, err := manager.Approve(context.Background(), client.Approval{Code: code, Center: string(here), Role: "kiosk", Place: "sảnh chính"})
	must(m.t, err)
	eventually(m.t, "the kiosk is let in and has its lane", func() bool {
		_, doc := m.get("/local/state")
		return doc["device"] == d.ID && doc["lane"] != "" && doc["pairing"] == nil
	})
	return d
}

// A kiosk is let in, cut off, revoked meanwhile, and let in again: what it gave out
// under its first credential comes in under the second.
func TestARevokedKioskThatIsLetInAgainBringsItsSlips(t *testing.T) {
	w := newWorld(t)
	manager := w.manager()
	m := w.unpaired(t.TempDir())
	first := m.pair(manager)
	printed := m.touches(1, 2)
	w.line.set(line{cut: true})
	printed = append(printed, m.touches(3, 4)...)
	if _, doc := m.get("/local/state"); doc["spool"] != float64(4) || doc["lane"] != "K" {
		t.Errorf("cut off the page is told %v", doc)
	}
	must(t, manager.Revoke(t.Context(), first.ID))
	w.line.set(line{})
	eventually(t, "the kiosk knows that it was revoked", func() bool {
		_, doc := m.get("/local/state")
		return doc["pairing"] != nil
	})
	status, doc := m.post("/api/v1/centers/thuan-hoa/tickets", map[string]any{"service": "chung-thuc"})
	if status < 400 || status == http.StatusCreated {
		t.Errorf("revoked it answers %d %v", status, doc)
	}
	second := m.pair(manager)
	if second.ID == first.ID || !strings.HasPrefix(second.ID, "d_") {
		t.Errorf("it is %s again", second.ID)
	}
	w.settled(printed)
}
