package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// stall is how long a fetch may bring nothing before it is given up and tried again.
const stall = 20 * time.Second

// Fetch brings a file from url into the store, once: what was fetched before it was cut
// off is kept and gone on from. ErrDamaged says that what came is not the file; it has
// been thrown away, and the next Fetch begins anew.
func (s *Store) Fetch(ctx context.Context, c *http.Client, url, center string, want File) (err error) {
	p := s.path(center, want.Hash)
	if p == "" {
		return ErrNotFound
	}
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		return full(err)
	}
	name := p + part
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return full(err)
	}
	defer func() { err = errors.Join(err, ignoreClosed(f.Close())) }()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if want.Bytes > 0 && have > want.Bytes {
		if have, err = 0, f.Truncate(0); err != nil {
			return err
		}
	}
	if have < want.Bytes || want.Bytes <= 0 {
		if err := download(ctx, c, f, url, have, want.Bytes); err != nil {
			return err
		}
	}
	if ok, err := is(f, want.Hash); err != nil {
		return err
	} else if !ok {
		return errors.Join(ErrDamaged, os.Remove(name))
	}
	return commit(f, name, p)
}

// download writes what is missing behind what is there.
func download(ctx context.Context, c *http.Client, f *os.File, url string, have, size int64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Accept-Encoding", "identity") // a range is of the file, not of a packed form
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	quiet := time.AfterFunc(stall, cancel)
	defer quiet.Stop()
	res, err := c.Do(req)
	if err != nil {
		return fmt.Errorf("%w (%w)", ErrCut, err)
	}
	defer func() { _ = res.Body.Close() }()
	switch res.StatusCode {
	case http.StatusPartialContent:
	case http.StatusOK: // a server that knows no ranges sends it whole
		have = 0
	case http.StatusNotFound:
		return ErrNotFound
	default:
		return fmt.Errorf("%w: the server answers %s", ErrCut, res.Status)
	}
	if err := f.Truncate(have); err != nil {
		return full(err)
	}
	if _, err := f.Seek(have, io.SeekStart); err != nil {
		return err
	}
	in := &reader{r: res.Body}
	most := size - have + 1
	if size <= 0 {
		most = 1 << 40
	}
	n, err := io.Copy(f, io.LimitReader(&awake{in, quiet}, most))
	switch {
	case err != nil && in.err != nil:
		return fmt.Errorf("%w after %d bytes (%w)", ErrCut, have+n, err)
	case err != nil:
		return full(err)
	case size > 0 && have+n < size:
		return fmt.Errorf("%w: %d of %d bytes came", ErrCut, have+n, size)
	}
	return nil
}

// awake puts off the end of patience with each piece that comes.
type awake struct {
	r     io.Reader
	quiet *time.Timer
}

func (a *awake) Read(b []byte) (int, error) {
	n, err := a.r.Read(b)
	a.quiet.Reset(stall)
	return n, err
}

// is reports whether an open file has the content of a hash.
func is(f *os.File, hash string) (bool, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return false, err
	}
	return hex.EncodeToString(sum.Sum(nil)) == hash, nil
}

// Verify reads a file and throws it away when it is not what its name says: a disk
// forgets, and a power cut tears.
func (s *Store) Verify(center, hash string) error {
	f, err := s.Open(center, hash)
	if err != nil {
		return err
	}
	ok, err := is(f, hash)
	if err = errors.Join(err, f.Close()); err != nil || ok {
		return err
	}
	return errors.Join(ErrDamaged, s.Remove(center, hash))
}

// Keep deletes what is not in the list, half-fetched files included.
func (s *Store) Keep(center string, hashes map[string]bool) error {
	if !centerForm.MatchString(center) {
		return ErrNotFound
	}
	dir := filepath.Join(s.dir, center)
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range list {
		name := e.Name()
		if filepath.Ext(name) == part {
			name = name[:len(name)-len(part)]
		}
		if !hashes[name] {
			err = errors.Join(err, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	return err
}
