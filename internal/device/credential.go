package device

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"moiso/internal/client"
)

// credentialFile holds what a device was given when it was let in. Only its user may
// read it.
const credentialFile = "credential.json"

// credential is the file: the grant, and the server that gave it.
type credential struct {
	Server string `json:"server"`
	client.Credential
}

// loadCredential reads the credential for a server and a role. Without a usable one it
// gives nil, and says why when there is a file.
func loadCredential(dir, server, role string) (*credential, string) {
	b, err := os.ReadFile(filepath.Join(dir, credentialFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ""
	}
	if err != nil {
		return nil, fmt.Sprintf("the device's credential cannot be read (%v); it has to be paired again", err)
	}
	var c credential
	switch err := json.Unmarshal(b, &c); {
	case err != nil || c.Token == "" || c.Center == "":
		return nil, "the device's credential is damaged; it has to be paired again"
	case c.Server != sameServer(server):
		return nil, fmt.Sprintf("the device was paired with %s, not with %s; it has to be paired again", c.Server, server)
	case c.Role != role:
		return nil, fmt.Sprintf("the device was paired as a %s, not as a %s; it has to be paired again", c.Role, role)
	}
	return &c, ""
}

// sameServer is an address in one form.
func sameServer(server string) string { return strings.ToLower(strings.TrimRight(server, "/")) }

// save writes the credential whole or not at all.
func (c *credential) save(dir string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := writeWhole(dir, credentialFile, b); err != nil {
		return fmt.Errorf("the device's credential cannot be kept: %w", err)
	}
	return nil
}

// forget removes a credential that is no longer good.
func forget(dir string) error {
	err := os.Remove(filepath.Join(dir, credentialFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
