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

// FileName is the name of the file with the secret, in a data folder.
const FileName = "secret"

// OpenFile returns the key of a data folder. It makes the file with the secret,
// readable by its owner only, if there is none.
func OpenFile(dir string) (*Key, error) {
	path := filepath.Join(dir, FileName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		secret := make([]byte, keySize)
		rand.Read(secret) // never fails, by its contract
		if err := makeFile(path, hex.EncodeToString(secret)); err != nil {
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

// MendFile writes the file of a key that OpenFile returned again if it is gone, and
// reports whether it did. It is an error if the file holds another secret.
func (k *Key) MendFile(dir string) (mended bool, err error) {
	path := filepath.Join(dir, FileName)
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := makeFile(path, string(k.root)); err != nil {
			return false, fmt.Errorf("write the secret of the installation again: %w", err)
		}
		return true, nil
	case err != nil:
		return false, fmt.Errorf("look at the secret of the installation: %w", err)
	case strings.TrimSpace(string(text)) != string(k.root):
		return false, fmt.Errorf("%s holds another secret than the one in use, and the next start would fail: remove it, and the one in use is written again", path)
	}
	return false, nil
}

// WriteFile writes the secret of another folder into a data folder. It keeps the file
// that is there if it holds the same, and fails if it holds another.
func WriteFile(dir, secret string) error {
	k, err := New(secret)
	if err == nil {
		_, err = k.MendFile(dir)
	}
	if err != nil {
		return fmt.Errorf("write the secret of the installation: %w", err)
	}
	return nil
}

// makeFile writes a secret to path and flushes it to disk. If another process
// makes the file at the same time, the first one wins.
func makeFile(path, secret string) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, FileName+".*.new") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.WriteString(secret + "\n")
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
