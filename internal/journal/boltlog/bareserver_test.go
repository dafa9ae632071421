package boltlog

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// bareVariable is set by the table of "make bench" for a process of its own.
const bareVariable = "BOLTLOG_BARE_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(bareVariable) != "" {
		if err := serveBare(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// serveBare is what issuing a ticket is measured against: net/http, one bbolt group
// commit of a value as long as the server's entry, and an answer as long as the
// server's. Nobody is known, nothing is decoded, decided or shown.
//
// It obeys lines on stdin: "value TEXT" and "reply TEXT" set what is kept and
// answered; "fsync" writes 4 KiB and syncs; "open PATH" opens a bbolt file and closes
// it. The last two answer with nanoseconds.
func serveBare() error {
	dir, err := os.MkdirTemp(".", "bare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := newBare(filepath.Join(dir, "bare.db"))
	if err != nil {
		return err
	}
	page, err := os.Create(filepath.Join(dir, "page"))
	if err != nil {
		return err
	}
	defer page.Close()
	var value, reply []byte
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		var body [512]byte
		if _, err := io.ReadFull(r.Body, body[:]); err != io.ErrUnexpectedEOF {
			http.Error(w, "a body of less than 512 bytes is due", http.StatusBadRequest)
			return
		}
		if err := b.append(value); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header()["Content-Type"] = []string{"application/json"}
		w.WriteHeader(http.StatusCreated)
		w.Write(reply)
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go http.Serve(ln, nil)
	fmt.Println(ln.Addr())
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		command, arg, _ := strings.Cut(in.Text(), " ")
		start := time.Now()
		switch command {
		case "value": // the header of an entry, and the length of a record
			value = append(make([]byte, headerSize+16), arg...)
		case "reply":
			reply = []byte(arg)
		case "fsync":
			if _, err := page.WriteAt(bytes.Repeat([]byte{byte(start.Nanosecond())}, 4096), 0); err != nil {
				return err
			}
			if err := page.Sync(); err != nil {
				return err
			}
		case "open":
			db, err := bbolt.Open(arg, 0o600, &bbolt.Options{Timeout: time.Second, InitialMmapSize: 1 << 30, FreelistType: bbolt.FreelistMapType})
			if err != nil {
				return err
			}
			fmt.Println(time.Since(start).Nanoseconds())
			if err := db.Close(); err != nil {
				return err
			}
			continue
		default:
			return fmt.Errorf("%q is not understood", command)
		}
		fmt.Println(time.Since(start).Nanoseconds())
	}
	return in.Err()
}
