package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// series is a file that backtest accepts, and judged what begins its answer.
const (
	series = "timestamp,value\n2024-05-01 12:00:00,1\n2024-05-01 12:05:00,2\n"
	judged = "timestamp,value,expected,upper,score,alarm\n2024-05-01 12:00:00,1,"
)

// writeFile writes a file of the test's folder and returns its path.
func writeFile(t *testing.T, dir, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

// wantJudged fails the test unless the file at path holds the answer to series.
func wantJudged(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(data), judged) || strings.Count(string(data), "\n") != 3 {
		t.Errorf("%s holds %q (error %v), want three lines that begin with %q", path, data, err, judged)
	}
}

// wantFiles fails the test unless dir holds so many files.
func wantFiles(t *testing.T, dir string, n int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != n {
		t.Errorf("the folder holds %v (error %v), want %d files: a temporary one was left", entries, err, n)
	}
}

func TestBacktestReplacesAFileAndKeepsItsMode(t *testing.T) {
	dir := t.TempDir()
	in := writeFile(t, dir, "in.csv", series, 0o600)
	for _, mode := range []os.FileMode{0o600, 0o640, 0o664} {
		out := writeFile(t, dir, "out.csv", strings.Repeat("old\n", 100), mode)
		if err := run(t.Context(), []string{"backtest", "--in", in, "--out", out}); err != nil {
			t.Fatal(err)
		}
		wantJudged(t, out)
		if info, err := os.Stat(out); err != nil || info.Mode().Perm() != mode {
			t.Errorf("the mode is %v (error %v), want %v", info.Mode().Perm(), err, mode)
		}
	}
	if err := run(t.Context(), []string{"backtest", "--in", in, "--out", in}); err != nil {
		t.Fatal(err)
	}
	wantJudged(t, in)
	wantFiles(t, dir, 2)
}

func TestBacktestWritesThroughLinks(t *testing.T) {
	dir := t.TempDir()
	in := writeFile(t, dir, "in.csv", series, 0o600)
	file := writeFile(t, dir, "file.csv", "old\n", 0o600)
	dangling, symbolic, hard := filepath.Join(dir, "dangling"), filepath.Join(dir, "symbolic"), filepath.Join(dir, "hard")
	for _, err := range []error{os.Symlink("new.csv", dangling), os.Symlink(file, symbolic), os.Link(file, hard)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{dangling: filepath.Join(dir, "new.csv"), symbolic: file} {
		if err := run(t.Context(), []string{"backtest", "--in", in, "--out", link}); err != nil {
			t.Fatal(err)
		}
		wantJudged(t, target)
		if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is no symbolic link any more (error %v)", link, err)
		}
	}
	wantJudged(t, hard)
	wantFiles(t, dir, 6)
}

func TestBacktestWritesToAPipe(t *testing.T) {
	dir := t.TempDir()
	in, pipe := writeFile(t, dir, "in.csv", series, 0o600), filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	received := make(chan string, 1)
	go func() {
		data, err := os.ReadFile(pipe)
		received <- fmt.Sprint(string(data), err)
	}()
	if err := run(t.Context(), []string{"backtest", "--in", in, "--out", pipe}); err != nil {
		t.Fatal(err)
	}
	if got := <-received; !strings.HasPrefix(got, judged) {
		t.Errorf("the pipe carried %q, want the answer", got)
	}
	if err := run(t.Context(), []string{"backtest", "--in", in, "--out", "/dev/null"}); err != nil {
		t.Errorf("writing to /dev/null fails: %v", err)
	}
}

// swap replaces a file of the process, such as os.Stdout, during the test.
func swap(t *testing.T, file **os.File, by *os.File) {
	t.Helper()
	before := *file
	*file = by
	t.Cleanup(func() { *file = before })
}

func TestBacktestReadsAndWritesStandardStreams(t *testing.T) {
	for _, name := range []string{"-", "/dev/stdout"} {
		dir := t.TempDir()
		in, err := os.Open(writeFile(t, dir, "in.csv", series, 0o600))
		if err != nil {
			t.Fatal(err)
		}
		path := writeFile(t, dir, "log.txt", "before\n", 0o600)
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		swap(t, &os.Stdin, in)
		swap(t, &os.Stdout, out)
		if err := run(t.Context(), []string{"backtest", "--in", "-", "--out", name, "--explain", "2024-05-01T12:05Z"}); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(data), "before\n"+judged) || strings.Contains(string(data), "nats") {
			t.Errorf("--out %s: standard output holds %q (error %v), want what was there and the rows after it", name, data, err)
		}
	}
}

func TestARefusedSeriesLeavesTheOutputUnchanged(t *testing.T) {
	dir := t.TempDir()
	in := writeFile(t, dir, "in.csv", series+"2024-05-01 12:20:00,3\n", 0o600)
	out := writeFile(t, dir, "out.csv", "old\n", 0o644)
	err := run(t.Context(), []string{"backtest", "--in", in, "--out", out})
	if err == nil || !strings.Contains(err.Error(), "in.csv:4: 2 rows are missing") {
		t.Errorf("error is %v, want one with the line", err)
	}
	if data, err := os.ReadFile(out); err != nil || string(data) != "old\n" {
		t.Errorf("the output holds %q (error %v), want what it held", data, err)
	}
	wantFiles(t, dir, 2)
	if err := run(t.Context(), []string{"backtest", "--in", in, "--out", out, "--fill-gaps"}); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(out); err != nil || !strings.Contains(string(data), "\n2024-05-01 12:15:00,,") {
		t.Errorf("the output holds %q (error %v), want the missing row without a count", data, err)
	}
}

func TestBacktestEndsWhenItIsInterrupted(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	swap(t, &os.Stdin, r)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	out := filepath.Join(t.TempDir(), "out.csv")
	go func() { ended <- run(ctx, []string{"backtest", "--in", "-", "--out", out}) }()
	if _, err := io.WriteString(w, series); err != nil {
		t.Fatal(err)
	}
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, exitCode(130)) {
			t.Errorf("error is %v, want exit code 130", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("backtest goes on after the interrupt")
	}
}
