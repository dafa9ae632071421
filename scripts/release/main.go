// Command release builds what is handed out: the three programs for each machine they run
// on, as archives and as Debian packages, with a list of their hashes.
//
// It is a module of its own, so that the packager's dependencies are not the product's.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// target is a machine the programs are built for.
type target struct {
	os, arch, arm string
	deb           string // Debian's name of the architecture, "" for no packages
}

func (t target) String() string {
	if t.arm != "" {
		return t.os + "-" + t.arch + "v" + t.arm
	}
	return t.os + "-" + t.arch
}

var targets = []target{
	{"linux", "amd64", "", "amd64"},
	{"linux", "arm64", "", "arm64"},
	{"linux", "arm", "7", "armhf"}, // Raspberry Pi with a 32-bit system
	{"windows", "amd64", "", ""},
}

var programs = []string{"server", "kiosk", "display"}

// release is one run.
type release struct {
	root string // of the project
	out  string
	rev  revision
	// others are the licences of what the programs contain.
	others []byte
}

// revision names what is built.
type revision struct {
	name string // "v0.3.0" or "0.0.0-1a2b3c4d5e6f"
	deb  string // the same as Debian orders versions
	date time.Time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	f := flag.NewFlagSet("release", flag.ExitOnError)
	r := release{}
	f.StringVar(&r.root, "root", "../..", "`folder` of the project")
	f.StringVar(&r.out, "out", "../../dist", "`folder` for what is made")
	only := f.String("only", "", "build for this one target, like linux-amd64")
	if err := f.Parse(args); err != nil {
		return err
	}
	var err error
	if r.root, err = filepath.Abs(r.root); err != nil {
		return err
	}
	if r.out, err = filepath.Abs(r.out); err != nil {
		return err
	}
	if r.rev, err = readRevision(ctx, r.root); err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	if r.others, err = r.licences(ctx); err != nil {
		return err
	}
	var made []string
	for _, t := range targets {
		if *only != "" && *only != t.String() {
			continue
		}
		files, err := r.build(ctx, t)
		if err != nil {
			return fmt.Errorf("%s: %w", t, err)
		}
		made = append(made, files...)
	}
	if len(made) == 0 {
		return fmt.Errorf("there is no target %q", *only)
	}
	screen, err := r.screenPackage()
	if err != nil {
		return err
	}
	return r.sums(append(made, screen))
}

// build makes the programs of one target, an archive of them, and their packages.
func (r release) build(ctx context.Context, t target) (made []string, err error) {
	bin, err := os.MkdirTemp("", "moiso-release-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(bin)) }()
	args := []string{"build", "-trimpath", "-buildvcs=auto", "-ldflags=-s -w", "-o", bin + string(filepath.Separator)}
	for _, p := range programs {
		args = append(args, "./"+p)
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stderr = r.root, os.Stderr
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch, "GOARM="+t.arm, "GOWORK=off")
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("go build: %w", err)
	}
	archive, err := r.archive(t, bin)
	if err != nil {
		return nil, err
	}
	made = append(made, archive)
	if t.deb == "" {
		return made, nil
	}
	for _, p := range programs {
		deb, err := r.programPackage(p, t, filepath.Join(bin, p))
		if err != nil {
			return nil, fmt.Errorf("package of %s: %w", p, err)
		}
		made = append(made, deb)
	}
	return made, nil
}

// sums lists the hashes of what was made, as sha256sum -c reads them.
func (r release) sums(files []string) error {
	slices.Sort(files)
	var list bytes.Buffer
	for _, f := range files {
		h := sha256.New()
		in, err := os.Open(f)
		if err != nil {
			return err
		}
		size, err := io.Copy(h, in)
		if err := errors.Join(err, in.Close()); err != nil {
			return err
		}
		fmt.Fprintf(&list, "%s  %s\n", hex.EncodeToString(h.Sum(nil)), filepath.Base(f))
		fmt.Printf("%8.1f MB  %s\n", float64(size)/1e6, filepath.Base(f))
	}
	return os.WriteFile(filepath.Join(r.out, "SHA256SUMS"), list.Bytes(), 0o644)
}

func git(ctx context.Context, root string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", root}, args...)...).Output()
	return strings.TrimSpace(string(out)), err
}

// readRevision asks git. A version without a tag sorts before every one with.
func readRevision(ctx context.Context, root string) (revision, error) {
	commit, err := git(ctx, root, "rev-parse", "--short=12", "HEAD")
	if err != nil {
		return revision{}, fmt.Errorf("a release is made of a git checkout: %w", err)
	}
	stamp, err := git(ctx, root, "log", "-1", "--format=%ct")
	if err != nil {
		return revision{}, err
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return revision{}, fmt.Errorf("date of the commit: %w", err)
	}
	rev := revision{date: time.Unix(seconds, 0).UTC()}
	if tag, err := git(ctx, root, "describe", "--tags", "--exact-match", "--match", "v[0-9]*"); err == nil {
		rev.name, rev.deb = tag, strings.TrimPrefix(tag, "v")
	} else {
		rev.name = "0.0.0-" + commit
		rev.deb = "0.0.0~git" + rev.date.Format("20060102150405") + "." + commit
	}
	if changed, err := git(ctx, root, "status", "--porcelain"); err == nil && changed != "" {
		rev.name += "-changed"
		rev.deb += "+changed"
	}
	return rev, nil
}
