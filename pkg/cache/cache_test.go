package cache

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

var noon = time.Date(2017, 11, 3, 12, 0, 0, 0, time.UTC)

// answers returns a load that returns v.
func answers(v int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return v, nil }
}

func TestExpiredAnswersAreRemovedBeforeTheCacheIsFull(t *testing.T) {
	c := New[int, int](time.Second, 100)
	for i := range 50 {
		if _, err := c.Get(context.Background(), i, noon, answers(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Get(context.Background(), 50, noon.Add(time.Second), answers(50)); err != nil {
		t.Fatal(err)
	}
	if c.Len() != 1 {
		t.Errorf("a second later %d answers are kept; want 1", c.Len())
	}
}

func TestAClockThatIsSetBackIsNoProblem(t *testing.T) {
	c := New[int, int](time.Second, 100)
	for i, at := range []time.Time{noon, noon.Add(-time.Hour), noon.Add(-time.Hour + time.Second)} {
		if v, err := c.Get(context.Background(), 1, at, answers(i)); v != i || err != nil {
			t.Errorf("at %s the answer is %d, %v; want %d", at, v, err, i)
		}
		if v, err := c.Get(context.Background(), 2+i, at, answers(i)); v != i || err != nil {
			t.Fatal(err)
		}
		if c.Len() != 2 {
			t.Errorf("at %s %d answers are kept; want 2", at, c.Len())
		}
	}
}

func TestTheCacheIsBounded(t *testing.T) {
	c := New[int, int](time.Second, 10)
	for i := range 35 {
		if _, err := c.Get(context.Background(), i, noon, answers(i)); err != nil {
			t.Fatal(err)
		}
		if c.Len() > 10 {
			t.Fatalf("%d answers are kept; want at most 10", c.Len())
		}
	}
}

func TestAPanicIsNotAnAnswer(t *testing.T) {
	c := New[int, int](time.Second, 10)
	var begun *entry[int] // the entry that other callers wait for
	func() {
		defer func() {
			if recover() == nil {
				t.Error("Get did not panic; want the panic of its load")
			}
		}()
		_, _ = c.Get(context.Background(), 1, noon, func(context.Context) (int, error) { // it panics
			begun = c.entries[1]
			panic("no such map")
		})
	}()
	if begun.err == nil {
		t.Error("callers who waited get no error; want errLoadPanicked")
	}
	if v, err := c.Get(context.Background(), 1, noon, answers(7)); v != 7 || err != nil {
		t.Errorf("the next Get = %d, %v; want 7", v, err)
	}
}

func TestAStaleAnswerIsServedWhileTheNextIsLoaded(t *testing.T) {
	c := New[int, int](time.Second, 10)
	c.StaleFor = 5 * time.Second
	if _, err := c.Get(context.Background(), 1, noon, answers(1)); err != nil {
		t.Fatal(err)
	}
	begun, end, done := make(chan bool), make(chan bool), make(chan int)
	go func() {
		v, err := c.Get(context.Background(), 1, noon.Add(time.Second), func(context.Context) (int, error) {
			close(begun)
			<-end
			return 2, nil
		})
		if err != nil {
			v = -1
		}
		done <- v
	}()
	<-begun
	if v, err := c.Get(context.Background(), 1, noon.Add(time.Second), answers(3)); v != 1 || err != nil {
		t.Errorf("Get during the load = %d, %v; want 1, the stale answer", v, err)
	}
	close(end)
	if v := <-done; v != 2 {
		t.Errorf("the Get that loaded = %d; want 2", v)
	}
	if v, err := c.Get(context.Background(), 1, noon.Add(1500*time.Millisecond), answers(4)); v != 2 || err != nil {
		t.Errorf("Get after the load = %d, %v; want 2, the new answer", v, err)
	}
	if v, err := c.Get(context.Background(), 1, noon.Add(time.Minute), answers(5)); v != 5 || err != nil {
		t.Errorf("Get a minute later = %d, %v; want 5, loaded again", v, err)
	}
}

func TestALoadThatHangsTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New[int, int](time.Second, 10)
		_, err := c.Get(t.Context(), 1, noon, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Get = %v; want %v", err, context.DeadlineExceeded)
		}
	})
}

// sized returns a cache of numbers, each of which takes as many bytes as it says.
func sized(maxBytes int) *Cache[int, int] {
	c := New[int, int](time.Minute, 1000)
	c.Size, c.MaxBytes = func(v int) int { return v }, maxBytes
	return c
}

func TestAFullCacheDropsOthersOneByOne(t *testing.T) {
	c := New[int, int](time.Second, 10)
	for i := range 11 {
		if _, err := c.Get(t.Context(), i, noon, answers(i)); err != nil {
			t.Fatal(err)
		}
	}
	if c.Len() != 10 {
		t.Errorf("after one answer too many %d are kept; want 10", c.Len())
	}
	if v, err := c.Get(t.Context(), 10, noon, answers(-1)); v != 10 || err != nil {
		t.Errorf("the newest answer = %d, %v; want 10, which was not dropped", v, err)
	}
}

func TestALoadKnowsWhetherThereIsAStaleAnswer(t *testing.T) {
	c := New[int, int](time.Second, 10)
	c.StaleFor, c.StaleOnError = 5*time.Second, time.Minute
	for _, step := range []struct {
		after time.Duration
		want  bool
	}{{0, false}, {time.Second, true}, {6900 * time.Millisecond, true}, {13 * time.Second, false}} {
		_, err := c.Get(t.Context(), 1, noon.Add(step.after), func(ctx context.Context) (int, error) {
			if got := HasStale(ctx); got != step.want {
				t.Errorf("after %v HasStale = %v, want %v", step.after, got, step.want)
			}
			return 1, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatIsAskedForAgainIsDroppedLast(t *testing.T) {
	c := New[int, int](time.Minute, 10)
	for i := range 1000 {
		for _, key := range []int{1, 1000 + i} {
			if _, err := c.Get(t.Context(), key, noon, answers(i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if v, err := c.Get(t.Context(), 1, noon, answers(-1)); v != 0 || err != nil {
		t.Errorf("after 1000 other keys the answer that was asked for each time = %d, %v; want 0, the first one", v, err)
	}
}

func TestTheBytesOfACacheAreBounded(t *testing.T) {
	c := sized(100)
	for i := range 50 {
		if _, err := c.Get(t.Context(), i, noon.Add(time.Duration(i)*time.Second), answers(30)); err != nil {
			t.Fatal(err)
		}
		if want := 30 * min(i+1, 3); c.bytes != want || c.Len() != want/30 {
			t.Fatalf("after %d answers of 30 bytes there are %d bytes in %d answers; want %d", i+1, c.bytes, c.Len(), want)
		}
	}
	if v, err := c.Get(t.Context(), 99, noon, answers(101)); v != 101 || err != nil {
		t.Errorf("an answer larger than the cache = %d, %v; want it", v, err)
	}
	if c.bytes != 0 || c.Len() != 0 {
		t.Errorf("after an answer larger than the cache there are %d bytes in %d answers; want none", c.bytes, c.Len())
	}
	for i := range 3 { // answers of one key replace each other
		if _, err := c.Get(t.Context(), 1, noon.Add(time.Duration(i)*time.Minute), answers(40+i)); err != nil {
			t.Fatal(err)
		}
	}
	if c.bytes != 42 || c.Len() != 1 {
		t.Errorf("after three answers for one key there are %d bytes in %d answers; want those of the last, 42", c.bytes, c.Len())
	}
}

func TestAStaleAnswerReplacesAnError(t *testing.T) {
	c := sized(100)
	c.StaleOnError = 5 * time.Minute
	fails := func(context.Context) (int, error) { return 0, errors.New("the archive does not answer") }
	if _, err := c.Get(t.Context(), 1, noon, answers(7)); err != nil {
		t.Fatal(err)
	}
	for _, after := range []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute} {
		if v, err := c.Get(t.Context(), 1, noon.Add(after), fails); v != 7 || err != nil {
			t.Errorf("%v later a load that fails gives %d, %v; want the stale 7", after, v, err)
		}
	}
	if c.bytes != 7 {
		t.Errorf("the stale answer counts %d bytes; want 7", c.bytes)
	}
	if v, err := c.Get(t.Context(), 1, noon.Add(6*time.Minute), fails); err == nil {
		t.Errorf("6m later a load that fails gives %d; want its error", v)
	}
	if v, err := c.Get(t.Context(), 1, noon.Add(6*time.Minute), answers(8)); v != 8 || err != nil {
		t.Errorf("the next load gives %d, %v; want 8", v, err)
	}
}

func TestStatsSayWhereAnswersCameFrom(t *testing.T) {
	c := New[int, int](time.Second, 10)
	fails := func(context.Context) (int, error) { return 0, errors.New("away") }
	for _, load := range []func(context.Context) (int, error){answers(1), answers(2), answers(3)} {
		if _, err := c.Get(context.Background(), 1, noon, load); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Get(context.Background(), 2, noon, fails); err == nil {
		t.Fatal("Get of an answer whose load fails = nil, want an error")
	}
	if got, want := c.Stats(), (Stats{Hits: 2, Loads: 1, Failures: 1}); got != want {
		t.Errorf("Stats() = %+v, want %+v", got, want)
	}
}
