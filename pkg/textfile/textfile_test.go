package textfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// readBoth returns the text that Read and NewReader give for a file, and their
// errors. It fails the test if they disagree.
func readBoth(t *testing.T, content string) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	text, fileErr := Read(path)
	r, err := NewReader(iotest.OneByteReader(strings.NewReader(content)))
	if (err == nil) != (fileErr == nil) {
		t.Fatalf("%q: NewReader gives error %v, Read %v", content, err, fileErr)
	}
	if err != nil {
		return "", fileErr
	}
	streamed, err := io.ReadAll(r)
	if err != nil || string(streamed) != string(text) {
		t.Fatalf("%q: NewReader gives %q and error %v, Read %q", content, streamed, err, text)
	}
	return string(text), nil
}

func TestTheByteOrderMarkIsNoPartOfTheText(t *testing.T) {
	for content, want := range map[string]string{
		"":                    "",
		"a":                   "a",
		"name: x\n":           "name: x\n",
		"\xef\xbb\xbfname: x": "name: x",
		"\xef\xbb\xbf":        "",
		"\xef\xbb":            "\xef\xbb",
		"ক":                   "ক",
		"in the\ufeffmiddle":  "in the\ufeffmiddle",
	} {
		if got, err := readBoth(t, content); err != nil || got != want {
			t.Errorf("text of %q is %q with error %v, want %q", content, got, err, want)
		}
	}
}

func TestOtherEncodingsAreNamed(t *testing.T) {
	for content, want := range map[string]string{
		"\xff\xfen\x00a\x00":                      "UTF-16",
		"\xfe\xff\x00n\x00a":                      "UTF-16",
		"n\x00a\x00m\x00":                         "UTF-16",
		"\x00n\x00a":                              "UTF-16",
		"\xff\xfe\x00\x00n\x00\x00\x00":           "UTF-32",
		"\x00\x00\xfe\xff\x00\x00\x00n":           "UTF-32",
		"\xff\xfe":                                "UTF-16",
		"\xff\xfe\x0d\x00\x0a\x00n\x00a\x00m\x00": "UTF-16",
	} {
		_, err := readBoth(t, content)
		if err == nil || !strings.Contains(err.Error(), "file.txt: the text is in "+want+"; save it as UTF-8") {
			t.Errorf("%q gives error %v, want one that names the file and %s", content, err, want)
		}
	}
}

func TestAFileThatCannotBeReadIsAnError(t *testing.T) {
	if _, err := Read(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error of no file is %v", err)
	}
	broken := errors.New("broken")
	if _, err := NewReader(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("error of a broken reader is %v", err)
	}
}
