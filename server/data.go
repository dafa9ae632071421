package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"moiso/internal/auth"
	"moiso/internal/directory"
	"moiso/internal/engine"
	"moiso/internal/journal"
	"moiso/internal/journal/boltlog"
)

// dataFormat is the layout of the data folder this program writes. A folder of a
// higher number is refused untouched.
const dataFormat = 1

// dataInfo is the file moiso.json of a data folder.
type dataInfo struct {
	Format int    `json:"format"`
	Epoch  string `json:"epoch"` // new after a restore, so that clients start afresh
	Demo   bool   `json:"demo"`
	// DemoHours are the hours the demo's centres were made with, always or real;
	// empty until they are made.
	DemoHours string `json:"demo_hours,omitempty"`
}

// dataFolder is an open data folder: the journal and the path of the side store.
type dataFolder struct {
	dir  string
	info dataInfo
	log  *boltlog.Log
}

func (d *dataFolder) sideStore() string { return filepath.Join(d.dir, "accounts.db") }

// mediaFolder has the pictures and films of the screens.
func (d *dataFolder) mediaFolder() string { return filepath.Join(d.dir, "media") }

// spokenFile says which screens spoke last, and what.
func (d *dataFolder) spokenFile() string { return filepath.Join(d.dir, "spoken.log") }

func (d *dataFolder) Close() error { return d.log.Close() }

// openData opens a data folder, making it when create is set. It touches nothing
// when the folder is not for this program.
func openData(dir string, create, demo bool, o boltlog.Options) (*dataFolder, error) {
	info, err := readInfo(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist) && create:
		if info, err = makeInfo(dir, demo); err != nil {
			return nil, err
		}
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("there is no data in %s; start the server there first, or name the folder with -data", dir)
	case err != nil:
		return nil, err
	}
	if create && info.Demo != demo {
		if info.Demo {
			return nil, fmt.Errorf("the data in %s are a demo's; start with -demo, or name another folder with -data", dir)
		}
		return nil, fmt.Errorf("the data in %s are real; start without -demo, or name another folder with -data", dir)
	}
	log, err := boltlog.Open(filepath.Join(dir, "journal.db"), o)
	switch {
	case errors.Is(err, journal.ErrLocked):
		return nil, fmt.Errorf("another server has the data in %s open; stop it first, or name another folder with -data (%w)", dir, journal.ErrLocked)
	case errors.Is(err, journal.ErrNewer):
		return nil, fmt.Errorf("the data in %s were made by a newer version; install that version", dir)
	case err != nil:
		return nil, damaged(fmt.Errorf("open the data in %s: %w", dir, err))
	}
	return &dataFolder{dir: dir, info: info, log: log}, nil
}

// damaged says what helps against damage to the journal; other errors pass.
func damaged(err error) error {
	var c *journal.CorruptError
	if errors.As(err, &c) {
		return fmt.Errorf("%w; restore the data from the newest backup that verifies", err)
	}
	return err
}

func readInfo(dir string) (dataInfo, error) {
	var info dataInfo
	b, err := os.ReadFile(filepath.Join(dir, "moiso.json"))
	if err != nil {
		return info, fmt.Errorf("the data folder cannot be read: %w", err)
	}
	if err := json.Unmarshal(b, &info); err != nil || info.Epoch == "" {
		return info, fmt.Errorf("%s is damaged; restore it from a backup", filepath.Join(dir, "moiso.json"))
	}
	if info.Format > dataFormat {
		return info, fmt.Errorf("the data in %s have format %d and this program knows %d; install the newer version", dir, info.Format, dataFormat)
	}
	return info, nil
}

// makeInfo begins a data folder. A folder that has a journal but no moiso.json is
// not begun again.
func makeInfo(dir string, demo bool) (dataInfo, error) {
	info := dataInfo{Format: dataFormat, Epoch: newEpoch(), Demo: demo}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return info, fmt.Errorf("the data folder cannot be made: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "journal.db")); err == nil {
		return info, fmt.Errorf("%s has a journal but no moiso.json; restore that file from a backup", dir)
	}
	return info, writeInfo(dir, info)
}

// newEpoch names a history.
func newEpoch() string { return rand.Text()[:12] }

// writeInfo writes moiso.json so that it is there whole or not at all.
func writeInfo(dir string, info dataInfo) error {
	b, err := json.Marshal(info)
	if err != nil {
		return err
	}
	tmp := filepath.Join(dir, "moiso.json.new")
	if err := writeSynced(tmp, append(b, '\n')); err != nil {
		return fmt.Errorf("the data folder %s cannot be written: %w", dir, err)
	}
	if err := os.Rename(tmp, filepath.Join(dir, "moiso.json")); err != nil {
		return err
	}
	return syncDir(dir)
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err = f.Write(b); err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// register lets auth reach the city's directory through the engine.
type register struct{ e *engine.Engine }

func (r register) Do(ctx context.Context, c directory.Command, m directory.Meta) error {
	return r.e.DoCity(ctx, c, engine.Call{Actor: m.Actor, Device: m.Device, Source: m.Source})
}

func (r register) State() *directory.State { return r.e.Register() }

var _ auth.Directory = register{}
