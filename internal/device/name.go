package device

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// nameFile holds what the server calls a device that was given its token by hand, so
// that it has its own settings also when it starts without the server.
const nameFile = "name.json"

// name is the file. Key says which token it was learned with, and is of no use without it.
type name struct {
	Key    string `json:"key"`
	Device string `json:"device"`
	Place  string `json:"place"`
}

func (o Options) nameKey() string {
	h := sha256.Sum256([]byte(sameServer(o.Server) + "\n" + o.Center + "\n" + o.Token))
	return hex.EncodeToString(h[:8])
}

// recallName gives what was learned with this token of this server; nothing where it is
// another, or cannot be read: the server will say it again.
func (o Options) recallName() (n name) {
	if o.Dir == "" || o.Token == "" || o.Device != "" {
		return name{}
	}
	b, err := os.ReadFile(filepath.Join(o.Dir, nameFile))
	if err != nil || json.Unmarshal(b, &n) != nil || n.Key != o.nameKey() {
		return name{}
	}
	return n
}

// keepName writes it where it is news.
func (o Options) keepName(device, place string) error {
	n := name{Key: o.nameKey(), Device: device, Place: place}
	if o.Dir == "" || n == o.recallName() {
		return nil
	}
	b, err := json.Marshal(n)
	if err == nil {
		err = writeWhole(o.Dir, nameFile, b)
	}
	if err != nil {
		return fmt.Errorf("the device's name cannot be kept: %w", err)
	}
	return nil
}

// writeWhole writes a file of the device whole or not at all, for its user alone.
func writeWhole(dir, file string, b []byte) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, file+".*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(b, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, file))
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
