package doctor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/redisconn"
	"github.com/outcry/outcry/pkg/seal"
)

// dialTime bounds a connection that a check makes.
const dialTime = 5 * time.Second

// ThisMachine returns the world of this process.
func ThisMachine() World {
	return World{
		Environ: os.Environ(), Now: time.Now, Redis: redisconn.Inspect, Postgres: archive.InspectPostgres, File: archive.InspectFile,
		Folder: lookAt, Listen: listen, Answers: answers, Dial: dial, FileLimit: fileLimit,
	}
}

// lookAt describes a folder, or the one in which it would be made. To see whether it
// can be written to, it makes a file and removes it.
func lookAt(dir string) (Folder, error) {
	var f Folder
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		parent := filepath.Dir(filepath.Clean(dir))
		if _, err := os.Stat(parent); err != nil {
			return f, fmt.Errorf("neither it nor the folder above it exists: %w", err)
		}
		f.WriteErr = tryToWrite(parent)
		f.Free, f.Total, f.Network = diskOf(parent)
		return f, nil
	case err != nil:
		return f, err
	case !info.IsDir():
		return f, errors.New("it is not a folder")
	}
	f.Exists, f.Mode, f.WriteErr = true, info.Mode(), tryToWrite(dir)
	f.Free, f.Total, f.Network = diskOf(dir)
	if info, err := os.Stat(filepath.Join(dir, seal.FileName)); err == nil {
		f.SecretMode = info.Mode()
	}
	_, err = os.Stat(filepath.Join(dir, archive.FileName))
	f.HasDatabase = err == nil
	return f, nil
}

// tryToWrite returns why no file can be made in a folder, or nil.
func tryToWrite(dir string) error {
	file, err := os.CreateTemp(dir, ".outcry-doctor-")
	if err != nil {
		return err
	}
	_, err = file.WriteString("outcry doctor removes this file\n")
	return errors.Join(err, file.Close(), os.Remove(file.Name()))
}

// listen returns an error if nothing can listen on an address.
func listen(address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		var number syscall.Errno
		if errors.As(err, &number) {
			return number
		}
		return err
	}
	return l.Close()
}

// answers reports whether an Outcry answers at an address to listen on.
func answers(ctx context.Context, address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "" || host == "0.0.0.0" || host == "::" {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 16))
	return err == nil && res.StatusCode == http.StatusOK && string(body) == "ok\n"
}

// dial returns an error if a server cannot be reached.
func dial(ctx context.Context, address string) error {
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	return conn.Close()
}

// fileLimit returns how many files the process may open. The runtime of Go has raised
// the limit to the highest that is allowed.
func fileLimit() (uint64, error) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0, err
	}
	return limit.Cur, nil
}
