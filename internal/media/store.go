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
	"regexp"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Store keeps files in DIR/CENTER/HASH. It is safe for concurrent use.
type Store struct {
	dir string

	mu   sync.Mutex
	next int // names unfinished files apart
}

// File is what is known of a file.
type File struct {
	Hash  string
	Type  string
	Bytes int64
}

// part marks a file that is being written.
const part = ".part"

var (
	hashForm   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	centerForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// Open opens a store, making its folder. What an interrupted upload left is cleared.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the folder for media cannot be made: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", "upload-*"+part))
	if err != nil {
		return nil, err
	}
	for _, f := range left {
		if err := os.Remove(f); err != nil {
			return nil, fmt.Errorf("the folder for media cannot be cleared: %w", err)
		}
	}
	return &Store{dir: dir}, nil
}

// path is where a file lies; "" for what is no centre or no hash.
func (s *Store) path(center, hash string) string {
	if !centerForm.MatchString(center) || !hashForm.MatchString(hash) {
		return ""
	}
	return filepath.Join(s.dir, center, hash)
}

// Put takes a file in, at most limit bytes of it.
func (s *Store) Put(center string, r io.Reader, limit int64) (_ File, err error) {
	if !centerForm.MatchString(center) {
		return File{}, ErrNotFound
	}
	dir := filepath.Join(s.dir, center)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return File{}, full(err)
	}
	s.mu.Lock()
	s.next++
	name := filepath.Join(dir, fmt.Sprintf("upload-%d-%d%s", os.Getpid(), s.next, part))
	s.mu.Unlock()
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return File{}, full(err)
	}
	defer func() {
		err = errors.Join(err, ignoreClosed(f.Close()))
		if err != nil {
			_ = os.Remove(name) // it may be renamed already, or never have been
		}
	}()
	out, err := receive(f, r, limit)
	if err != nil {
		return File{}, err
	}
	return out, commit(f, name, filepath.Join(dir, out.Hash))
}

// receive writes what comes and says what it is.
func receive(f *os.File, r io.Reader, limit int64) (File, error) {
	head := make([]byte, headBytes)
	n, err := io.ReadFull(r, head)
	switch {
	case n == 0 && err == io.EOF:
		return File{}, ErrEmpty
	case err != nil && err != io.ErrUnexpectedEOF && err != io.EOF:
		return File{}, fmt.Errorf("%w (%w)", ErrCut, err)
	}
	head = head[:n]
	kind := Kind(head)
	if kind == "" {
		return File{}, ErrType // before a byte of it is kept
	}
	sum := sha256.New()
	in := &reader{r: io.MultiReader(strings.NewReader(string(head)), r)}
	size, err := io.Copy(io.MultiWriter(f, sum), io.LimitReader(in, limit+1))
	switch {
	case err != nil && in.err != nil:
		return File{}, fmt.Errorf("%w (%w)", ErrCut, err)
	case err != nil:
		return File{}, full(err)
	case size > limit:
		return File{}, fmt.Errorf("%w: %d bytes are the most", ErrTooLarge, limit)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return File{}, err
	}
	if err := check(kind, f); err != nil {
		return File{}, err
	}
	return File{Hash: hex.EncodeToString(sum.Sum(nil)), Type: kind, Bytes: size}, nil
}

// reader remembers whether the one who sends failed, or the one who writes.
type reader struct {
	r   io.Reader
	err error
}

func (r *reader) Read(b []byte) (int, error) {
	n, err := r.r.Read(b)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// commit makes a written file the one of its name, durably.
func commit(f *os.File, from, to string) error {
	if err := f.Sync(); err != nil {
		return full(err)
	}
	if err := f.Close(); err != nil {
		return full(err)
	}
	if err := os.Rename(from, to); err != nil {
		return full(err)
	}
	return syncDir(filepath.Dir(to))
}

func ignoreClosed(err error) error {
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}

// full tells a disk without space from other trouble.
func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, errQuota) {
		return fmt.Errorf("%w (%w)", ErrDiskFull, err)
	}
	return err
}

// Open opens a file for reading.
func (s *Store) Open(center, hash string) (*os.File, error) {
	p := s.path(center, hash)
	if p == "" {
		return nil, ErrNotFound
	}
	f, err := os.Open(p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	return f, err
}

// Has reports whether a file is there.
func (s *Store) Has(center, hash string) bool {
	p := s.path(center, hash)
	if p == "" {
		return false
	}
	_, err := os.Stat(p)
	return err == nil
}

// Remove deletes a file; one that is not there is no fault.
func (s *Store) Remove(center, hash string) error {
	p := s.path(center, hash)
	if p == "" {
		return ErrNotFound
	}
	if err := os.Remove(p); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// ServeHTTP answers GET /media/{c}/{hash}. What has a hash for a name never changes,
// so that a browser may keep it for a year; ranges let a film be sought in and a
// screen go on with half a file.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	f, err := s.Open(r.PathValue("c"), r.PathValue("hash"))
	if err != nil {
		h.Set("Cache-Control", "no-store")
		status := http.StatusInternalServerError
		if errors.Is(err, ErrNotFound) {
			status = http.StatusNotFound
		}
		http.Error(w, http.StatusText(status), status)
		return
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, headBytes)
	n, _ := io.ReadFull(f, head)
	kind := Kind(head[:n])
	if kind == "" {
		kind = "application/octet-stream"
	}
	h.Set("Content-Type", kind)
	h.Set("Etag", `"`+r.PathValue("hash")+`"`)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	// A film is longer than a page: what is written as fast as it is taken may go on.
	http.ServeContent(&patient{ResponseWriter: w, c: http.NewResponseController(w)}, r, "", time.Time{}, f)
}

// patient gives every piece of an answer its own time, where a server bounds the whole.
type patient struct {
	http.ResponseWriter
	c *http.ResponseController
}

const pieceTimeout = 30 * time.Second

func (p *patient) Write(b []byte) (int, error) {
	// A test's recorder has no deadline; then there is none to move.
	_ = p.c.SetWriteDeadline(time.Now().Add(pieceTimeout))
	return p.ResponseWriter.Write(b)
}

// Patient gives every piece of a request's body its own time in the same way.
func Patient(ctx context.Context, w http.ResponseWriter, body io.Reader) io.Reader {
	return &patientReader{ctx: ctx, c: http.NewResponseController(w), r: body}
}

type patientReader struct {
	ctx context.Context
	c   *http.ResponseController
	r   io.Reader
}

func (p *patientReader) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	_ = p.c.SetReadDeadline(time.Now().Add(pieceTimeout))  // as above
	_ = p.c.SetWriteDeadline(time.Now().Add(pieceTimeout)) // the answer comes after the body
	return p.r.Read(b)
}
