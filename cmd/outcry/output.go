package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// writeOutput writes to path, which is a file, a link to one, a device, a pipe, or
// "-" for standard output. A regular file is replaced when write has succeeded, and
// remains as it was otherwise; its mode and its other names stay. Anything else
// receives what write writes at once.
func writeOutput(path string, write func(io.Writer) error) error {
	if out := inherited(path); out != nil {
		return write(out)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if path, err = followLinks(path); err != nil {
			return err
		}
		return replaceFile(path, nil, write)
	}
	existing, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("open the output: %w", err)
	}
	defer existing.Close() // a second time on success
	info, err := existing.Stat()
	if err != nil {
		return fmt.Errorf("open the output: %w", err)
	}
	if info.Mode().IsRegular() {
		if path, err = followLinks(path); err != nil {
			return err
		}
		return replaceFile(path, existing, write)
	}
	return errors.Join(write(existing), existing.Close())
}

// inherited returns the open file that path names by its number, such as
// /dev/stdout, or nil. Opening it by its path would begin at the start of a file
// that the shell appends to.
func inherited(path string) *os.File {
	switch path {
	case "-", "/dev/stdout":
		return os.Stdout
	case "/dev/stderr":
		return os.Stderr
	}
	for _, dir := range []string{"/dev/fd/", "/proc/self/fd/"} {
		if number, ok := strings.CutPrefix(path, dir); ok {
			if n, err := strconv.ParseUint(number, 10, 16); err == nil {
				return os.NewFile(uintptr(n), path)
			}
		}
	}
	return nil
}

// followLinks returns the path of the file that symbolic links lead to from path,
// even if there is no such file yet.
func followLinks(path string) (string, error) {
	const most = 40 // as Linux
	for range most {
		target, err := os.Readlink(path)
		if err != nil {
			return path, nil // not a link
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return "", fmt.Errorf("open the output: too many links from %s", path)
}

// replaceFile writes a temporary file and puts it in the place of the regular file
// at path, which is open as existing, or nil if there is none. It renames the file,
// so that nobody sees half of it. Where a rename is impossible, or would separate a
// file from its other names, it copies the content.
func replaceFile(path string, existing *os.File, write func(io.Writer) error) error {
	beside := filepath.Join(filepath.Dir(path), ".outcry-"+rand.Text())
	out, err := os.OpenFile(beside, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) // less what the umask takes
	if err != nil && existing != nil {
		out, err = os.CreateTemp("", "outcry-*")
	}
	if err != nil {
		return fmt.Errorf("create the output: %w", err)
	}
	defer os.Remove(out.Name()) // fails after the rename, which is fine
	defer out.Close()           // a second time on success
	if err := write(out); err != nil {
		return err
	}
	if existing != nil {
		info, err := existing.Stat()
		if err != nil {
			return fmt.Errorf("replace the output: %w", err)
		}
		if out.Name() != beside || hasOtherNames(info) {
			return copyInto(existing, out)
		}
		if err := out.Chmod(info.Mode().Perm()); err != nil {
			return fmt.Errorf("set the mode of the output: %w", err)
		}
	}
	if err := os.Rename(beside, path); err != nil {
		if existing == nil {
			return fmt.Errorf("rename the output: %w", err)
		}
		return copyInto(existing, out) // such as a single file that is mounted
	}
	return out.Close()
}

// hasOtherNames reports whether a file has more than one name (hard links).
func hasOtherNames(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 1
}

// copyInto replaces the content of a file by that of another.
func copyInto(file, from *os.File) error {
	if _, err := from.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("copy the output: %w", err)
	}
	if err := file.Truncate(0); err != nil {
		return fmt.Errorf("copy the output: %w", err)
	}
	if _, err := io.Copy(file, from); err != nil {
		return fmt.Errorf("copy the output: %w", err)
	}
	return file.Close()
}
