package sqlitestore

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/outcry/outcry/pkg/archive"
	"github.com/outcry/outcry/pkg/window"
)

// countIntoVar is the environment variable that makes this test binary count into
// a file until it is killed.
const countIntoVar = "OUTCRY_TEST_COUNT_INTO"

func TestMain(m *testing.M) {
	if path := os.Getenv(countIntoVar); path != "" {
		if err := countUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// countUntilKilled counts batches in two goroutines and prints the number of each
// report that was counted.
func countUntilKilled(path string) error {
	ctx := context.Background()
	a, err := archive.Open(ctx, path, archive.Options{})
	if err != nil {
		return err
	}
	s, err := Open(ctx, a, Options{})
	if err != nil {
		return err
	}
	var printing sync.Mutex
	batches := make(chan int)
	for range 2 {
		go func() {
			for first := range batches {
				outcomes := s.Count(ctx, numbered(first, 10))
				printing.Lock()
				for i, o := range outcomes {
					if o.Status == window.Counted {
						fmt.Println(first + i)
					}
				}
				printing.Unlock()
			}
		}()
	}
	for first := 1; ; first += 10 {
		batches <- first
	}
}

func TestACountedReportIsKeptWhenTheProcessIsKilled(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{1, 77, 500, 1234, 3000} {
		path := filepath.Join(t.TempDir(), "outcry.db")
		counted := countAndKill(t, self, path, after)
		a, err := archive.Open(t.Context(), path, archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := openStore(t, a, Options{})
		for _, n := range counted {
			if o := s.Count(t.Context(), numbered(n, 1))[0]; o != resent {
				t.Fatalf("report %d was counted before the kill; sent again its outcome is %+v, want %+v", n, o, resent)
			}
		}
		total := archived(t, a)
		if total < int64(len(counted)) {
			t.Errorf("%d reports are archived, but %d were counted before the kill", total, len(counted))
		}
		wantTotals(t, a, s, total)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}
}

// countAndKill runs another process that counts, kills it when it has printed n
// reports, and returns the numbers of all that it printed.
func countAndKill(t *testing.T, self, path string, n int) []int {
	t.Helper()
	child := exec.Command(self)
	child.Env = append(os.Environ(), countIntoVar+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var counted []int
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if number, err := strconv.Atoi(lines.Text()); err == nil {
			counted = append(counted, number)
		}
		if len(counted) == n {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(counted) < n {
		t.Fatalf("the other process ended by itself after %d reports: %v", len(counted), err)
	}
	return counted
}
