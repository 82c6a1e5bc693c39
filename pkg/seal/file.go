package seal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fileName is the file with the secret, in a data folder.
const fileName = "secret"

// OpenFile returns the key of a data folder. It makes the file with the secret,
// readable by its owner only, if there is none.
func OpenFile(dir string) (*Key, error) {
	path := filepath.Join(dir, fileName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := makeFile(path); err != nil {
			return nil, fmt.Errorf("make the secret of the installation: %w", err)
		}
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read the secret of the installation: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the secret of the installation: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s may be read by others (mode %#o); it opens the addresses of subscribers: chmod 600 it", path, info.Mode().Perm())
	}
	k, err := New(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, fmt.Errorf("%s is damaged; bring it back from a backup, for nothing else opens what it sealed: %w", path, err)
	}
	return k, nil
}

// makeFile writes a new secret to path and flushes it to disk. If another process
// makes the file at the same time, the first one wins.
func makeFile(path string) error {
	secret := make([]byte, keySize)
	rand.Read(secret) // never fails, by its contract
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, fileName+".*.new") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(hex.EncodeToString(secret) + "\n")
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Link(f.Name(), path) // unlike a rename, it replaces nothing
	}
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err = errors.Join(err, os.Remove(f.Name())); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
