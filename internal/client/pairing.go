package client

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"moiso/internal/view"
)

// Pairing is a code to show until a manager has entered it.
type Pairing struct {
	Code    string    `json:"code"`
	Secret  string    `json:"secret"`
	Expires time.Time `json:"expires_at"`
	URL     string    `json:"url"` // where a manager approves it
}

// Credential is what a device receives when it was let in.
type Credential struct {
	Token  string `json:"token"`
	Device string `json:"device"`
	Center string `json:"center"`
	Place  string `json:"place"`
	Role   string `json:"role"`
}

// Pair asks for a code.
func (c *Client) Pair(ctx context.Context, role, version string) (Pairing, error) {
	return post[Pairing](ctx, c, api+"pairing", "", map[string]string{"role": role, "version": version})
}

// PollPairing gives the credential once the code was approved, nil before. An *Error
// with the code pairing_over says to ask for a new code.
func (c *Client) PollPairing(ctx context.Context, secret string) (*Credential, error) {
	var out Credential
	status, err := c.send(ctx, http.MethodPost, c.url(api+"pairing/poll", nil), "", map[string]string{"secret": secret}, &out)
	if err != nil || status != http.StatusOK {
		return nil, err
	}
	return &out, nil
}

// Approval lets in the device that shows a code.
type Approval struct {
	Code   string `json:"code"`
	Center string `json:"center"`
	Role   string `json:"role,omitempty"`
	Place  string `json:"place"`
}

// Approve lets a device in.
func (c *Client) Approve(ctx context.Context, a Approval) (view.Device, error) {
	return post[view.Device](ctx, c, api+"devices/approve", "", a)
}

// Devices lists the devices of a centre, or of all that the asker manages.
func (c *Client) Devices(ctx context.Context, center string) ([]view.Device, error) {
	q := url.Values{}
	if center != "" {
		q.Set("center", center)
	}
	out, err := get[struct{ Devices []view.Device }](ctx, c, api+"devices", q)
	return out.Devices, err
}

// Self tells the device whose token this is what the server calls it.
func (c *Client) Self(ctx context.Context) (view.Device, error) {
	return get[view.Device](ctx, c, api+"device", nil)
}

// Revoke ends a device's credential.
func (c *Client) Revoke(ctx context.Context, device string) error {
	_, err := post[view.Device](ctx, c, api+"devices/"+url.PathEscape(device)+"/revoke", "", struct{}{})
	return err
}
