package seal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestASealedValueOpensOnlyWithItsKeyAtItsPlace(t *testing.T) {
	key, other := mustKey(t, "a"), mustKey(t, "b")
	value := []byte("https://hooks.example/T000/secret-token")
	sealed := key.Seal("subscription 1", value)
	if bytes.Contains(sealed, []byte("secret-token")) || bytes.Equal(sealed, key.Seal("subscription 1", value)) {
		t.Errorf("Seal gave %x: it must hide the value and differ each time", sealed)
	}
	if got, err := key.Open("subscription 1", sealed); err != nil || !bytes.Equal(got, value) {
		t.Errorf("Open = %q, %v; want %q", got, err, value)
	}
	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another key":   func() ([]byte, error) { return other.Open("subscription 1", sealed) },
		"another place": func() ([]byte, error) { return key.Open("subscription 2", sealed) },
		"damaged":       func() ([]byte, error) { return key.Open("subscription 1", damaged) },
		"empty":         func() ([]byte, error) { return key.Open("subscription 1", nil) },
		"short":         func() ([]byte, error) { return key.Open("subscription 1", sealed[:5]) },
	} {
		if got, err := open(); !errors.Is(err, ErrOpen) {
			t.Errorf("Open with %s = %q, %v; want ErrOpen", name, got, err)
		}
	}
}

func TestKeysOfDifferentPurposesDiffer(t *testing.T) {
	key := mustKey(t, "a")
	if bytes.Equal(key.Derive("one"), key.Derive("two")) || !bytes.Equal(key.Derive("one"), key.Derive("one")) {
		t.Error("Derive must give one key for a purpose, and another one for another purpose")
	}
	if bytes.Equal(key.MAC("one", "text"), key.MAC("two", "text")) || !bytes.Equal(key.MAC("one", "text"), key.MAC("one", "text")) {
		t.Error("MAC must give one hash for a purpose and a text, and another one for another purpose")
	}
}

func TestAShortSecretIsRefused(t *testing.T) {
	if _, err := New("too short"); err == nil || !strings.Contains(err.Error(), "at least 32") {
		t.Errorf("New = %v, want an error that names the length", err)
	}
}

func TestTheFileIsMadeOnceAndReadableByItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	keys := make([]*Key, 8)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() {
			var err error
			if keys[i], err = OpenFile(dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	sealed := keys[0].Seal("x", []byte("value"))
	for i, k := range keys {
		if _, err := k.Open("x", sealed); err != nil {
			t.Errorf("key %d of one folder cannot open what key 0 sealed: %v", i, err)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the folder holds %v, %v; want the secret alone", files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the mode of the secret is %v, %v; want 0600", info.Mode(), err)
	}
	if err := os.Chmod(files[0], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFile(dir); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("OpenFile of a file for everybody = %v, want an error that says what to do", err)
	}
}

func mustKey(t *testing.T, letter string) *Key {
	t.Helper()
	k, err := New(strings.Repeat(letter, MinLength))
	if err != nil {
		t.Fatal(err)
	}
	return k
}
