package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/goreleaser/nfpm/v2"
	"github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
)

// pack is a Debian package before it is written.
type pack struct {
	name        string // "moiso-kiosk"
	unit        string // that its scripts stop and start, or several
	arch        string
	description string
	depends     []string
	recommends  []string
	contents    files.Contents
}

var summaries = map[string]string{
	"server":  "queue tickets and service counters: the server\nIssues numbers, routes them to counters and shows the calls of a city's centres.",
	"kiosk":   "queue tickets and service counters: the kiosk\nShows the page on which people take a number, prints it, and issues also while\nthe server is away.",
	"display": "queue tickets and service counters: the lobby display\nShows and says who is called to which counter.",
}

// own is a file of this folder, below files/.
func (r release) own(name string) string {
	return filepath.Join(r.root, "scripts", "release", "files", filepath.FromSlash(name))
}

func (r release) file(src, dst string, mode fs.FileMode) *files.Content {
	return &files.Content{Source: src, Destination: dst, FileInfo: &files.ContentFileInfo{Mode: mode, Owner: "root", Group: "root", MTime: r.rev.date}}
}

// setting is a file that an update leaves as its owner wrote it.
func (r release) setting(name string) *files.Content {
	c := r.file(r.own("env/"+name), "/etc/moiso/"+name, 0o644)
	c.Type = files.TypeConfigNoReplace
	return c
}

func (r release) programPackage(program string, t target, binary string) (string, error) {
	name := "moiso-" + program
	p := pack{name: name, unit: name + ".service", arch: t.deb, description: summaries[program],
		depends: []string{"systemd"}, recommends: []string{"ca-certificates"}}
	docs := map[string]string{"server": "operations.md", "kiosk": "kiosk.md", "display": "display.md"}
	p.contents = files.Contents{
		r.file(binary, "/usr/bin/"+name, 0o755),
		r.file(r.own("systemd/"+name+".service"), "/usr/lib/systemd/system/"+name+".service", 0o644),
		r.file(r.own("sysusers/"+name+".conf"), "/usr/lib/sysusers.d/"+name+".conf", 0o644),
		r.file(filepath.Join(r.root, "LICENSE"), "/usr/share/doc/"+name+"/copyright", 0o644),
		r.file(filepath.Join(r.root, "doc", docs[program]), "/usr/share/doc/"+name+"/"+docs[program], 0o644),
		r.setting(program + ".env"),
	}
	others, err := os.CreateTemp("", "moiso-licences-")
	if err != nil {
		return "", err
	}
	defer os.Remove(others.Name())
	if _, err := others.Write(r.others); err != nil {
		return "", errors.Join(err, others.Close())
	}
	if err := others.Close(); err != nil {
		return "", err
	}
	p.contents = append(p.contents, r.file(others.Name(), "/usr/share/doc/"+name+"/THIRD-PARTY.txt", 0o644))
	if program == "kiosk" {
		const station = "moiso-print-station.service" // the same program, where there is a printer and nobody takes a number
		p.unit += " " + station
		p.contents = append(p.contents, r.file(r.own("systemd/"+station), "/usr/lib/systemd/system/"+station, 0o644), r.setting("print-station.env"))
		p.contents = append(p.contents, r.file(r.own("udev/60-moiso-printer.rules"), "/usr/lib/udev/rules.d/60-moiso-printer.rules", 0o644))
	}
	if program != "server" {
		p.recommends = append(p.recommends, "moiso-screen")
	}
	return r.write(p)
}

// screenPackage is the browser on a device's screen; it suits every architecture.
func (r release) screenPackage() (string, error) {
	return r.write(pack{name: "moiso-screen", unit: "'moiso-screen@*.service'", arch: "all",
		description: "queue tickets and service counters: the page on the screen\nShows the page of moiso-kiosk or moiso-display full screen, in Chromium under the\nWayland kiosk cage.",
		depends:     []string{"systemd", "cage", "xwayland", "chromium", "curl", "libpam-systemd"}, recommends: []string{"moiso-kiosk | moiso-display"},
		contents: files.Contents{
			r.file(r.own("bin/screen"), "/usr/lib/moiso/screen", 0o755),
			r.file(r.own("systemd/moiso-screen@.service"), "/usr/lib/systemd/system/moiso-screen@.service", 0o644),
			r.file(r.own("sysusers/moiso-screen.conf"), "/usr/lib/sysusers.d/moiso-screen.conf", 0o644),
			r.file(filepath.Join(r.root, "LICENSE"), "/usr/share/doc/moiso-screen/copyright", 0o644),
			r.setting("screen.env"),
		}})
}

// write makes the package's file.
func (r release) write(p pack) (_ string, err error) {
	scripts, err := os.MkdirTemp("", "moiso-deb-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(scripts)) }()
	for _, s := range []string{"postinst", "prerm", "postrm"} {
		text, err := os.ReadFile(r.own("deb/" + s))
		if err != nil {
			return "", err
		}
		filled := strings.NewReplacer("PACKAGE", p.name, "UNIT", p.unit).Replace(string(text))
		if err := os.WriteFile(filepath.Join(scripts, s), []byte(filled), 0o755); err != nil {
			return "", err
		}
	}
	info := nfpm.WithDefaults(&nfpm.Info{
		Name: p.name, Arch: p.arch, Platform: "linux", Version: r.rev.deb, VersionSchema: "none", MTime: r.rev.date,
		Section: "misc", Priority: "optional", Maintainer: "Mời Số <moiso@localhost>", Description: p.description, License: "Apache-2.0",
		Overridables: nfpm.Overridables{
			Depends: p.depends, Recommends: p.recommends, Contents: p.contents,
			Scripts: nfpm.Scripts{PostInstall: filepath.Join(scripts, "postinst"), PreRemove: filepath.Join(scripts, "prerm"),
				PostRemove: filepath.Join(scripts, "postrm")},
			Deb: nfpm.Deb{Compression: "zstd"},
		},
	})
	if err := nfpm.Validate(info); err != nil {
		return "", err
	}
	packager := deb.Default
	out := filepath.Join(r.out, packager.ConventionalFileName(info))
	f, err := os.Create(out)
	if err != nil {
		return "", err
	}
	return out, errors.Join(packager.Package(info, f), f.Close())
}
