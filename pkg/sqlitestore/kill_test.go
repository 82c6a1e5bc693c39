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

// fileToCountInto makes this test binary count into a file until it is killed.
const fileToCountInto = "OUTCRY_TEST_COUNT_INTO"

func TestMain(m *testing.M) {
	if path := os.Getenv(fileToCountInto); path != "" {
		if err := countUntilKilled(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// countUntilKilled counts batches from two goroutines and prints the number of
// each report that it got an answer for.
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

func TestKilledAtAnyMoment(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{1, 77, 500, 1234, 3000} {
		path := filepath.Join(t.TempDir(), "outcry.db")
		told := countAndKill(t, self, path, after)
		a, err := archive.Open(t.Context(), path, archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := open(t, a, Options{})
		for _, n := range told {
			if o := s.Count(t.Context(), numbered(n, 1))[0]; o != again {
				t.Fatalf("report %d was counted before the kill and is %+v after it", n, o)
			}
		}
		total := archived(t, a)
		if total < int64(len(told)) {
			t.Errorf("%d reports archived, %d were told to be", total, len(told))
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

// countAndKill lets another process count until it told of n reports, kills it
// and returns all it told of.
func countAndKill(t *testing.T, self, path string, n int) []int {
	t.Helper()
	child := exec.Command(self)
	child.Env = append(os.Environ(), fileToCountInto+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var told []int
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if number, err := strconv.Atoi(lines.Text()); err == nil {
			told = append(told, number)
		}
		if len(told) == n {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || len(told) < n {
		t.Fatalf("the other process ended by itself after %d reports: %v", len(told), err)
	}
	return told
}
