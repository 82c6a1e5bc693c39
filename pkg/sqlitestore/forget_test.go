package sqlitestore

import (
	"testing"
	"time"

	"github.com/outcry/outcry/pkg/report"
	"github.com/outcry/outcry/pkg/window"
)

func TestForgetDeletesRowsOfTheFile(t *testing.T) {
	a := newArchive(t)
	s := openStore(t, a, Options{})
	first := numbered(1, forgetBatch+5)
	for i := range first {
		first[i].Reporter = first[0].Reporter // all but one are repeats
	}
	visit := numbered(1, 1)
	visit[0].Kind = report.Visit
	s.Count(t.Context(), append(first, visit...))
	rows := func(table string) (n int64) {
		t.Helper()
		if err := a.Reader().Raw(`SELECT COUNT(*) FROM ` + table).Scan(&n).Error; err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		now             time.Time
		answers, visits int64
	}{
		{noon.Add(window.IDMemory - time.Millisecond), forgetBatch + 4, 1},
		{noon.Add(window.IDMemory), 0, 1},
		{noon.Add(window.Retention), 0, 1},
		{noon.Add(window.Retention + time.Minute), 0, 0},
	} {
		if err := s.Forget(t.Context(), c.now); err != nil {
			t.Fatal(err)
		}
		if answers, visits := rows("answers"), rows("visits"); answers != c.answers || visits != c.visits {
			t.Errorf("after Forget(%s) the file has %d answers and %d visits, want %d and %d", c.now, answers, visits, c.answers, c.visits)
		}
	}
	if rows("reports") != 1 {
		t.Error("Forget deleted archived reports; want them left to the archive")
	}
	if len(s.memory.answers) != 0 || len(s.memory.cooldowns.blocks) != 0 || len(s.mirror.services) != 0 {
		t.Errorf("after Forget memory has %d hours of IDs, %d blocks of cool-downs and %d services; want none",
			len(s.memory.answers), len(s.memory.cooldowns.blocks), len(s.mirror.services))
	}
}
