package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// entry is a file of an archive.
type entry struct {
	name string
	mode int64
	data []byte
}

// contents are the programs and what a person reads first.
func (r release) contents(t target, bin string) ([]entry, error) {
	var out []entry
	add := func(name, file string, mode int64) error {
		b, err := os.ReadFile(file)
		out = append(out, entry{name, mode, b})
		return err
	}
	for _, p := range programs {
		name := p
		if t.os == "windows" {
			name += ".exe"
		}
		if err := add(name, filepath.Join(bin, name), 0o755); err != nil {
			return nil, err
		}
	}
	docs, err := filepath.Glob(filepath.Join(r.root, "doc", "*.md"))
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"LICENSE", "README.md", "CHANGELOG.md"} {
		docs = append(docs, filepath.Join(r.root, name))
	}
	for _, file := range docs {
		rel, err := filepath.Rel(r.root, file)
		if err != nil {
			return nil, err
		}
		if err := add(filepath.ToSlash(rel), file, 0o644); err != nil {
			return nil, err
		}
	}
	return append(out, entry{"THIRD-PARTY.txt", 0o644, r.others}), nil
}

// archive writes a .tar.gz, or a .zip for Windows. The same commit gives the same bytes.
func (r release) archive(t target, bin string) (string, error) {
	files, err := r.contents(t, bin)
	if err != nil {
		return "", err
	}
	top := fmt.Sprintf("moiso-%s-%s", strings.TrimPrefix(r.rev.name, "v"), t)
	var b bytes.Buffer
	name := filepath.Join(r.out, top+".tar.gz")
	if t.os == "windows" {
		name = filepath.Join(r.out, top+".zip")
		err = r.zip(&b, top, files)
	} else {
		err = r.tar(&b, top, files)
	}
	if err != nil {
		return "", err
	}
	return name, os.WriteFile(name, b.Bytes(), 0o644)
}

func (r release) tar(b *bytes.Buffer, top string, files []entry) error {
	z, err := gzip.NewWriterLevel(b, gzip.BestCompression)
	if err != nil {
		return err
	}
	w := tar.NewWriter(z)
	for _, f := range files {
		h := &tar.Header{Name: path.Join(top, f.name), Mode: f.mode, Size: int64(len(f.data)), ModTime: r.rev.date, Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		if _, err := w.Write(f.data); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return z.Close()
}

func (r release) zip(b *bytes.Buffer, top string, files []entry) error {
	w := zip.NewWriter(b)
	for _, f := range files {
		part, err := w.CreateHeader(&zip.FileHeader{Name: path.Join(top, f.name), Method: zip.Deflate, Modified: r.rev.date})
		if err != nil {
			return err
		}
		if _, err := part.Write(f.data); err != nil {
			return err
		}
	}
	return w.Close()
}
